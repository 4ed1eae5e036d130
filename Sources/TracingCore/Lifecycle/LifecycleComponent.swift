/// A part of a program that works until it is told to stop: a client, a consumer's loop, telemetry.
///
/// ``runUntilTerminated(_:shutdownTimeout:logSink:)`` runs several of them and stops them in reverse order. All methods may
/// be called from any thread.
public protocol LifecycleComponent: Sendable {
    /// Works until the part is shut down, and then returns; throws when it cannot go on.
    ///
    /// It is called at most once. Implementations do their work inside ``runUntilShutdown(isolation:_:)``. When the task that
    /// runs it is cancelled, the part shuts down as after ``beginShutdown()``.
    func run() async throws

    /// Asks the part to stop: it takes no new work, finishes what it has, and then ``run()`` returns.
    ///
    /// Returns at once. Further calls do nothing.
    func beginShutdown()

    /// Stops the part, also when ``run()`` was never called, and returns when it has stopped or `timeout` is over.
    ///
    /// What could not be finished in time is given up and said in the log. A further call waits for the first.
    func shutdown(timeout: Duration) async
}

extension LifecycleComponent {
    /// The one way from a running part to what asks it to stop: cancellation of its task, and with the lifecycle trait the
    /// graceful shutdown of a service group. Each becomes a call of ``beginShutdown()``.
    ///
    /// `work` must return some time after that. It runs in the caller's isolation.
    public func runUntilShutdown<Result>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Result
    ) async rethrows -> Result {
        try await endingWithServiceGroup(isolation: isolation) {
            try await withTaskCancellationHandler(
                operation: work, onCancel: { beginShutdown() }, isolation: isolation)
        }
    }
}
