/// Waits until something holds. The limit is for what never will, and generous: it says nothing of how fast it was.
public func eventually(
    _ what: String = "what was waited for", within limit: Duration = .seconds(120), _ holds: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !holds() {
        guard ContinuousClock.now < end else { throw NeverHeld(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What was waited for in vain.
public struct NeverHeld: Error { public var what: String }

/// Runs `body`, or throws when it hangs.
public func withoutHanging<Result: Sendable>(
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
