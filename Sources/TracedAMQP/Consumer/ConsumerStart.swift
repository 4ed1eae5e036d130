import SpanlinkRuntime

/// Opens a consumer's channel and asks for its deliveries, once, beside the task that waits for them: that one hears of an end
/// and of its cancellation while there is no connection.
final class ConsumerStart: Sendable {
    private struct State {
        /// How many of the three requests have no answer.
        var unanswered = 3
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
        do {
            let requests = try self.requests
            core.register(queue)
            core.submit(requests.map { RemoteCall($0, on: channel, consumer: queue, completion: answered) })
        } catch {
            queue.fail(error)
        }
    }

    private var requests: [Request] {
        get throws(AMQPError) {
            guard !consumption.queue.isEmpty else {
                throw AMQPError(.invalidArgument, "A consumer needs the name of a queue; it is empty")
            }
            guard (1...65_535).contains(prefetch) else {
                throw AMQPError(.invalidArgument, "The prefetch count is from 1 to 65535: nothing is without bound")
            }
            let consume = Request.consume(consumption)
            // Before there is a channel.
            try consume.check(maxFrameSize: core.maxFrameSize)
            return [.openChannel, .prefetch(UInt16(prefetch)), consume]
        }
    }

    /// Before any delivery: whoever ends the consumer over one finds it there.
    private func answered(_ result: Result<Answer, AMQPError>) {
        // What a lost connection interrupts is done with the next one, as for any consumer.
        if case .failure(let error) = result, error.code != .connectionLost { queue.fail(error) }
        let isEnded = state.withLock { state in
            state.unanswered -= 1
            return state.unanswered == 0 && state.isCancelled
        }
        if isEnded { core.submit(CancelConsumer(on: channel)) }
    }

    /// Ends the consumer, after the start where that goes on: before, there may be no channel yet to close. A further call does
    /// nothing.
    func cancel() {
        queue.end()
        core.unregister(queue)
        let isStarted = state.withLock { state in
            defer { state.isCancelled = true }
            return state.unanswered == 0 && !state.isCancelled
        }
        if isStarted { core.submit(CancelConsumer(on: channel)) }
    }
}
