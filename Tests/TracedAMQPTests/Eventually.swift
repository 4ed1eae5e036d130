import Synchronization
import TracingCore

/// Waits until something holds. The limit is for what never will, and generous: it says nothing of how fast it was.
func eventually(
    _ what: String, within limit: Duration = .seconds(120), _ holds: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !holds() {
        guard ContinuousClock.now < end else { throw NeverHeld(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What was waited for in vain.
struct NeverHeld: Error { var what: String }

/// Runs `body`, or throws when it hangs.
func withoutHanging<Result: Sendable>(
    _ what: String, within limit: Duration = .seconds(120), _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw NeverHeld(what: what)
        }
        defer { group.cancelAll() }
        return try await group.next()!
    }
}

/// Counts in many tasks.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock(\.self) }

    func increment() { count.withLock { $0 += 1 } }
}
