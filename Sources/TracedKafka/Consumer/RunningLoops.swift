import SpanlinkRuntime
import TracingCore

/// The loops of `run` and `runBatches` that are running.
///
/// One that commits is alone: a commit says that all before it in the partition is done, and what another loop has in its
/// handler is not.
final class RunningLoops: Sendable {
    private let state = Mutex((count: 0, areCommitting: false))
    private let active = ActiveLoops()

    /// Who entered leaves.
    func enter(commits: Bool) throws(KafkaError) {
        let isAllowed = state.withLock { state in
            guard state.count == 0 || !(commits || state.areCommitting) else { return false }
            state = (state.count + 1, commits)
            return true
        }
        guard isAllowed else {
            throw KafkaError(
                .alreadyRunning,
                "Another loop runs on this consumer, and a commit would pass what it still handles. "
                    + "Give each loop a consumer of its own, or let none commit and do it yourself")
        }
        active.enter()
    }

    func leave() {
        state.withLock { state in
            state.count -= 1
            if state.count == 0 { state.areCommitting = false }
        }
        active.leave()
    }

    /// Waits until no loop is left; false when the deadline passes before.
    nonisolated(nonsending) func allLeft(by deadline: ContinuousClock.Instant) async -> Bool {
        await active.allLeft(by: deadline)
    }
}
