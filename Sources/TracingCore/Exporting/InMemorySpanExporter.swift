import SpanlinkRuntime

/// Keeps exported spans in memory, in the order in which they ended.
public final class InMemorySpanExporter: SpanExporter {
    private let spans = Mutex<[SpanData]>([])

    /// An empty exporter.
    public init() {}

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        self.spans.withLock { $0.append(contentsOf: spans) }
        return true
    }

    /// The spans so far.
    public var finishedSpans: [SpanData] { spans.withLock { $0 } }

    /// Forgets the spans so far.
    public func reset() { spans.withLock { $0.removeAll() } }
}
