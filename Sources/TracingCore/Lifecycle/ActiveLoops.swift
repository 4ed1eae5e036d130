import SpanlinkRuntime

/// Loops of a consumer that own the handling: a shutdown lets them finish what they hold and settle it.
package final class ActiveLoops: Sendable {
    private struct State {
        var count = 0
        var waiting: [Promise<Void>] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func enter() { state.withLock { $0.count += 1 } }

    package func leave() {
        let waiting = state.withLock { state -> [Promise<Void>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for outcome in waiting { outcome.resolve(()) }
    }

    /// Waits until no loop is left; false when the deadline passes before.
    package nonisolated(nonsending) func allLeft(by deadline: ContinuousClock.Instant) async -> Bool {
        let outcome = Promise<Void>()
        state.withLock { state in
            if state.count == 0 { outcome.resolve(()) } else { state.waiting.append(outcome) }
        }
        return await outcome.value(by: deadline) != nil
    }
}
