import SpanlinkRuntime

/// Suspends senders while librdkafka's queue is full: ``SendRoom`` with a lock, continuations and cancellation.
final class SendRoomQueue: Sendable {
    enum Call: Sendable { case tryNow, cancelled, closed }

    /// What a sender saw before it tried.
    struct Glance {
        fileprivate var generation: UInt64
        /// Others wait already: join behind them without a try.
        var isCrowded: Bool
    }

    private let room = Mutex(SendRoom<UnsafeContinuation<Call, Never>>())
    /// Waiters, for those who need not take the lock when there are none. Raised before a waiter's last look at the
    /// generation, and read after the generation was raised: one of both sees the other.
    private let waiting = Atomic<Int>(0)
    /// Raised before reports are destroyed and again after: odd in between.
    private let generation = Atomic<UInt64>(0)
    private let nextID = Atomic<UInt64>(0)

    func glance() -> Glance {
        Glance(
            generation: generation.load(ordering: .sequentiallyConsistent),
            isCrowded: waiting.load(ordering: .sequentiallyConsistent) > 0)
    }

    /// No report was destroyed since the glance, nor is one being destroyed.
    func isQuiet(since glance: Glance) -> Bool {
        glance.generation % 2 == 0 && generation.load(ordering: .sequentiallyConsistent) == glance.generation
    }

    /// Messages are about to leave the queue.
    func willBeMade() { generation.add(1, ordering: .sequentiallyConsistent) }

    /// `count` messages left the queue.
    func made(_ count: Int) {
        generation.add(1, ordering: .sequentiallyConsistent)
        guard waiting.load(ordering: .sequentiallyConsistent) > 0 else { return }
        resume(room.withLock { $0.call(count) })
    }

    /// A sender that was called did not use the room.
    func passOn() {
        guard waiting.load(ordering: .sequentiallyConsistent) > 0 else { return }
        resume(room.withLock { $0.call(1) })
    }

    /// Calls everybody for the last time.
    func close() {
        for waiter in room.withLock({ $0.close() }) { waiter.resume(returning: .closed) }
    }

    private func resume(_ waiters: [UnsafeContinuation<Call, Never>]) {
        for waiter in waiters { waiter.resume(returning: .tryNow) }
    }

    /// Waits until there may be room. `glance` is from before the try that failed.
    nonisolated(nonsending) func wait(after glance: Glance, wasCalled: Bool) async -> Call {
        let id = nextID.add(1, ordering: .relaxed).newValue
        waiting.add(1, ordering: .sequentiallyConsistent)
        defer { waiting.subtract(1, ordering: .sequentiallyConsistent) }
        return await withTaskCancellationHandler {
            // Resumed once: by whoever takes it out of the room, or here when it never got in.
            await withUnsafeContinuation { continuation in
                let call: Call? = room.withLock { room in
                    if Task.isCancelled { return .cancelled }
                    let made = generation.load(ordering: .sequentiallyConsistent) != glance.generation
                    switch room.join(continuation, id: id, roomWasMade: made, wasCalled: wasCalled) {
                    case .waiting: return nil
                    case .tryNow: return .tryNow
                    case .closed: return .closed
                    }
                }
                if let call { continuation.resume(returning: call) }
            }
        } onCancel: {
            room.withLock { $0.leave(id: id) }?.resume(returning: .cancelled)
        }
    }
}
