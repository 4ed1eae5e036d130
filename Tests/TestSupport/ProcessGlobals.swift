public import Testing

/// For tests that change what belongs to the whole process (the global backend, signals): of all of them, in all suites and
/// test targets, one runs at a time.
public struct ProcessGlobals: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite, and a test with all its cases, is no scope of its own: its cases are.
        guard testCase != nil else { return try await function() }
        await Turns.shared.begin()
        do {
            try await function()
            await Turns.shared.end()
        } catch {
            await Turns.shared.end()
            throw error
        }
    }

    private actor Turns {
        static let shared = Turns()
        private var isTaken = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func begin() async {
            if isTaken {
                await withCheckedContinuation { waiting.append($0) }
            } else {
                isTaken = true
            }
        }

        func end() {
            if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == ProcessGlobals {
    /// One at a time of all tests with this trait.
    public static var processGlobals: ProcessGlobals { ProcessGlobals() }
}
