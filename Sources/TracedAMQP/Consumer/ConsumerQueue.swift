import SpanlinkRuntime

/// Deliveries between the connection's thread and the one task that takes them: no more than the prefetch count, since the
/// broker sends no more.
final class ConsumerQueue: Sendable {
    private struct State {
        var queue: String
        var buffer = Deque<DeliveryStorage>()
        /// What settles deliveries of the present connection.
        var source: DeliverySource?
        var hasEnded = false
        var failure: AMQPError?
        /// The task that waits, for how many.
        var waiter: (count: Int, enough: Promise<Void>)?
    }

    private let core: ConnectionCore
    private let channel: ChannelID
    private let state: Mutex<State>

    init(_ core: ConnectionCore, channel: ChannelID, queue: String) {
        self.core = core
        self.channel = channel
        state = Mutex(State(queue: queue))
    }

    // MARK: From the thread

    func push(_ content: ReceivedContent, epoch: UInt64) {
        wake { state in
            // Also after the end: what nobody takes has to go back to its queue, see `takeRest`.
            if state.source?.epoch != epoch {
                state.source = DeliverySource(
                    core, channel: channel, epoch: epoch, queue: state.queue, isConsumers: true)
            }
            state.buffer.append(DeliveryStorage(content, state.source!))
        }
    }

    /// The channel is gone, with its connection or without: what was not taken comes again, here or to others.
    func lostChannel() { state.withLock { $0.buffer = [] } }

    /// The broker gave the queue another name after a reconnect.
    func rename(to queue: String) { state.withLock { $0.queue = queue } }

    func fail(_ error: AMQPError) { wake { if $0.failure == nil { $0.failure = error } } }

    /// The tags of what nobody took, and nobody will, after the last delivery.
    func takeRest(epoch: UInt64) -> [UInt64] {
        state.withLock { state in
            defer { (state.buffer, state.source) = ([], nil) }
            return state.buffer.filter { $0.source.epoch == epoch }.map(\.content.method.deliveryTag)
        }
    }

    // MARK: From tasks

    /// No more deliveries are handed out.
    func end() { wake { $0.hasEnded = true } }

    var hasEnded: Bool { state.withLock(\.hasEnded) }

    /// The next deliveries: waits for the first without limit, then up to `maxWait` for more. None when the consumer ended.
    ///
    /// - Throws: why the broker ended the consumer, once what can still be settled is taken; `CancellationError`.
    nonisolated(nonsending) func next(maxCount: Int, maxWait: Duration) async throws -> [DeliveryStorage] {
        while true {
            if let taken = try take(maxCount, atLeast: maxCount) { return taken }
            await wait(for: 1, atMost: nil)
            if maxCount > 1, state.withLock({ !$0.buffer.isEmpty }) { await wait(for: maxCount, atMost: maxWait) }
            // Else a lost connection took them away again.
            if let taken = try take(maxCount, atLeast: 1) { return taken }
        }
    }

    /// Up to `maxCount` deliveries, none after the end; nil when there are too few as yet.
    private func take(_ maxCount: Int, atLeast minimum: Int) throws -> [DeliveryStorage]? {
        try state.withLock { state in
            if state.hasEnded { return [] }
            // What nobody has taken goes back to the queue; a cancelled task could only fail over it.
            try Task.checkCancellation()
            guard Self.isEnough(state, minimum) else { return nil }
            if state.buffer.isEmpty, let failure = state.failure { throw failure }
            let taken = Array(state.buffer.prefix(maxCount))
            state.buffer.removeFirst(taken.count)
            return taken
        }
    }

    /// Waits until that many are there, the end, the time-out, or the task's cancellation.
    private nonisolated(nonsending) func wait(for count: Int, atMost limit: Duration?) async {
        let enough = Promise<Void>()
        let waits = state.withLock { state in
            guard !Self.isEnough(state, count) else { return false }
            state.waiter = (count, enough)
            return true
        }
        guard waits else { return }
        await withTaskCancellationHandler {
            _ = await enough.value(by: limit.map { .now + $0 })
        } onCancel: {
            enough.resolve(())
        }
        state.withLock { $0.waiter = nil }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state -> Promise<Void>? in
            change(&state)
            guard let waiter = state.waiter, Self.isEnough(state, waiter.count) else { return nil }
            return waiter.enough
        }
        waiter?.resolve(())
    }

    private static func isEnough(_ state: State, _ count: Int) -> Bool {
        state.buffer.count >= count || state.hasEnded || state.failure != nil
    }
}
