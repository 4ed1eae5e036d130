import SpanlinkRuntime
public import TracingCore

/// Ids that are the same in every run.
public final class SeededIDSource: TraceIDSource {
    private let generator: Mutex<SplitMix>

    public init(seed: UInt64) { generator = Mutex(SplitMix(seed: seed)) }

    public func traceID() -> TraceID { generator.withLock { TraceID(high: $0.next(), low: $0.next() | 1) } }
    public func spanID() -> SpanID { generator.withLock { SpanID($0.next() | 1) } }
}
