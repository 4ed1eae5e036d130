import Synchronization
internal import TracingCore

/// Opens a consumer's channel and asks for its deliveries, once, beside the task that waits for them: that one hears of an end
/// and of its cancellation while there is no connection.
final class ConsumerStart: Sendable {
    private struct State {
        var isOver = false
        var isCancelled = false
    }

    private let core: ConnectionCore
    private let channel: ChannelID
    private let prefetch: Int
    private let consumption: Request.Consumption
    private let queue: ConsumerQueue
    private let hasBegun = Atomic(false)
    private let state = Mutex(State())

    init(
        _ consumption: Request.Consumption, prefetch: Int, on channel: ChannelID, of core: ConnectionCore,
        into queue: ConsumerQueue
    ) {
        self.consumption = consumption
        self.prefetch = prefetch
        self.channel = channel
        self.core = core
        self.queue = queue
    }

    /// A further call does nothing. What goes wrong ends the queue.
    func begin() {
        guard !hasBegun.exchange(true, ordering: .acquiringAndReleasing) else { return }
        core.register(queue)
        // Without the lease: whoever lets go of that ends the consumer, also while this goes on.
        Task { [self] in
            do { try await run() } catch let error as AMQPError { queue.fail(error) } catch {}
            let isCancelled = state.withLock { state in
                state.isOver = true
                return state.isCancelled
            }
            if isCancelled { core.submit(CancelConsumer(on: channel)) }
        }
    }

    /// Ends the consumer, after the start where that goes on: before, there may be no channel yet to close. A further call does
    /// nothing.
    func cancel() {
        queue.end()
        core.unregister(queue)
        let isPresent = state.withLock { state in
            defer { state.isCancelled = true }
            return state.isOver && !state.isCancelled
        }
        if isPresent { core.submit(CancelConsumer(on: channel)) }
    }

    private func run() async throws {
        guard !consumption.queue.isEmpty else {
            throw AMQPError(.invalidArgument, "A consumer needs the name of a queue; it is empty")
        }
        guard (1...65_535).contains(prefetch) else {
            throw AMQPError(.invalidArgument, "The prefetch count is from 1 to 65535: nothing is without bound")
        }
        let consume = Request.consume(consumption)
        // Before there is a channel.
        try consume.check(maxFrameSize: core.maxFrameSize)
        for request in [.openChannel, .prefetch(UInt16(prefetch)), consume] where !queue.hasEnded {
            // What a lost connection interrupts is done with the next one, as for any consumer.
            do {
                try await core.call(request, on: channel, consumer: queue)
            } catch let error as AMQPError where error.code == .connectionLost {}
        }
    }
}
