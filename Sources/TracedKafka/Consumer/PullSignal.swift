import SpanlinkRuntime

/// Wakes the one task that pulls: for messages, a deadline, a cancellation, the end. A signal between an empty pull and
/// the wait is remembered.
final class PullSignal: Sendable {
    private struct State {
        var isSet = false
        var waiter: UnsafeContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func set() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isSet = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a signal; at once if there was one since the last wait, or when the task is cancelled.
    nonisolated(nonsending) func wait() async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let goOn = state.withLock { state in
                    if state.isSet || Task.isCancelled {
                        state.isSet = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            set()
        }
    }
}
