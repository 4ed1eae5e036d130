import Synchronization
import TracingCore

/// Something that happens once and can be waited for by any number of tasks.
final class OneShotEvent: Sendable {
    private struct State {
        var happened = false
        var nextID: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        /// Whose time was over before they came to wait.
        var late: Set<UInt64> = []
    }

    private let state = Mutex(State())

    var hasHappened: Bool { state.withLock(\.happened) }

    /// Lets it happen. Every call but the first does nothing.
    func fire() {
        let waiters = state.withLock { state in
            state.happened = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: true) }
    }

    /// Waits until it happens. False when the task was cancelled or `limit` passed before that.
    nonisolated(nonsending) func wait(atMost limit: Duration? = nil) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = limit.map { limit in
            Task {
                // Cancelled sleeps end early; the waiter is gone by then.
                try? await Task.sleep(for: limit)
                self.giveUp(id)
            }
        }
        defer {
            timer?.cancel()
            state.withLock { _ = $0.late.remove(id) }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: Bool? = state.withLock { state in
                    if state.happened { return true }
                    if Task.isCancelled || state.late.remove(id) != nil { return false }
                    state.waiters[id] = continuation
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: UInt64) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: id)
            if waiter == nil, !state.happened { state.late.insert(id) }
            return waiter
        }
        waiter?.resume(returning: false)
    }
}
