/// A value that becomes known once, on any thread, and that tasks wait for, if they like until a deadline.
///
/// It lets a task wait for a thread of ours without blocking a thread of the cooperative pool.
package final class Promise<Value: Sendable>: Sendable {
    private struct Waiter {
        let continuation: CheckedContinuation<Value?, Never>
        let timer: Task<Void, Never>?
    }

    private struct State {
        var value: Value?
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes the value known and resumes who waits. Only the first call counts.
    package func resolve(_ value: Value) {
        let waiters = state.withLock { state -> [UInt64: Waiter] in
            guard state.value == nil else { return [:] }
            state.value = value
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values {
            waiter.timer?.cancel()
            waiter.continuation.resume(returning: value)
        }
    }

    /// The value, if it is known.
    package var current: Value? { state.withLock { $0.value } }

    /// The value, once it is known; `nil` when the deadline passes first.
    package func value(by deadline: ContinuousClock.Instant? = nil) async -> Value? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Value? in
                if let value = state.value { return value }
                let id = state.nextID
                state.nextID += 1
                let timer = deadline.map { deadline in
                    Task { [weak self] in
                        guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
                        self?.giveUp(id)
                    }
                }
                state.waiters[id] = Waiter(continuation: continuation, timer: timer)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func giveUp(_ id: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: nil)
    }
}
