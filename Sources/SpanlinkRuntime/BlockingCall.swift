/// Calls of C libraries that block, each on a short-lived thread of its own, so that no cooperative thread waits.
package enum BlockingCall {
    /// Runs `body` on a new thread and suspends until it has returned. Ignores the cancellation of the task.
    nonisolated(nonsending) package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }

    /// Runs `body` on a new thread, or on the caller's if the system has no thread left.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        if !DetachedThread.start(name: "spanlink-call", body) { body() }
    }
}
