#if ServiceLifecycle
internal import ServiceLifecycle
import SpanlinkRuntime

extension LifecycleComponent {
    /// Does the work until the service group that runs it shuts down gracefully: then the part begins to stop, and has
    /// stopped when this returns, since a group calls nothing but `run()`.
    ///
    /// The group bounds that time itself (`maximumGracefulShutdownDuration`); without one it is 30 seconds. Where the group
    /// is cancelled instead, all its services are told to stop at once, in no order.
    func endingWithServiceGroup<Result>(
        isolation: isolated (any Actor)?, _ work: () async throws -> Result
    ) async rethrows -> Result {
        let isShuttingDown = SharedFlag()
        do {
            let result = try await withGracefulShutdownHandler(isolation: isolation, operation: work) {
                isShuttingDown.set()
                beginShutdown()
            }
            if isShuttingDown.isSet { await shutdown(timeout: .seconds(30)) }
            return result
        } catch {
            if isShuttingDown.isSet { await shutdown(timeout: .seconds(30)) }
            throw error
        }
    }
}

/// Set on one thread, read on another.
private final class SharedFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}
#else
extension LifecycleComponent {
    /// Without the lifecycle trait there is no service group.
    func endingWithServiceGroup<Result>(
        isolation: isolated (any Actor)?, _ work: () async throws -> Result
    ) async rethrows -> Result {
        try await work()
    }
}
#endif
