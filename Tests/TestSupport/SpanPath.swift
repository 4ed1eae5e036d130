public import Testing

/// How spans travel from their end to the exporter. Both give the same results.
public enum SpanPath: String, CaseIterable, Sendable {
    /// Encoded on the thread that ends them.
    case bytes
    /// As objects, encoded by the exporter.
    case objects

    /// The path of tracers that a test makes: bytes, or what ``BothSpanPaths`` says.
    @TaskLocal public static var current = SpanPath.bytes
}

/// Runs each test once with spans as bytes and once with spans as objects.
public struct BothSpanPaths: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        for path in SpanPath.allCases { try await SpanPath.$current.withValue(path) { try await function() } }
    }
}

extension Trait where Self == BothSpanPaths {
    public static var bothSpanPaths: BothSpanPaths { BothSpanPaths() }
}
