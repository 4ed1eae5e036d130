import Synchronization
internal import TracingCore

/// Loops that own the handling of deliveries: a shutdown lets them finish and settle what they hold.
final class ActiveLoops: Sendable {
    private struct State {
        var count = 0
        var waiting: [AsyncOutcome<Void>] = []
    }

    private let state = Mutex(State())

    func enter() { state.withLock { $0.count += 1 } }

    func leave() {
        let waiting = state.withLock { state -> [AsyncOutcome<Void>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for outcome in waiting { outcome.resolve(()) }
    }

    /// Waits until none is left; false when the deadline passes before.
    nonisolated(nonsending) func allLeft(by deadline: ContinuousClock.Instant) async -> Bool {
        let outcome = AsyncOutcome<Void>()
        state.withLock { state in
            if state.count == 0 { outcome.resolve(()) } else { state.waiting.append(outcome) }
        }
        return await outcome.value(by: deadline) != nil
    }
}
