import Synchronization
public import TracingCore

/// Counts spans that a full queue dropped: what is dropped costs less, and is said beside the figures.
public final class LostSpans: Sendable {
    private let lost = Atomic(0)

    public init() {}

    public func add(_ tracing: TracingBackend) {
        let count = tracing.tracerProvider?.lostSpans.values.reduce(0, +) ?? 0
        lost.add(count, ordering: .relaxed)
    }

    public var count: Int { lost.load(ordering: .relaxed) }
}
