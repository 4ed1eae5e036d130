public import TracingCore

/// A tracer whose spans are kept in memory as soon as they end.
public struct MemoryTracing: Sendable {
    public let exporter = InMemorySpanExporter()
    public let log = RecordingLogSink()
    public let metrics = InMemoryMetricReader()
    public let provider: TracerProvider
    public let backend: TracingBackend

    public init(
        sampler: Sampler = .parentBased(root: .alwaysOn), limits: SpanLimits = SpanLimits(),
        identifiers: (any TraceIDSource)? = nil, processors: [any SpanProcessor] = [], resource: Resource = Resource()
    ) {
        provider = TracerProvider(
            resource: resource, processors: [SimpleSpanProcessor(exporter: exporter)] + processors, sampler: sampler,
            limits: limits, identifiers: identifiers, meterProvider: MeterProvider(readers: [metrics], log: log),
            logSink: log)
        backend = .core(provider)
    }

    /// The spans that have ended, in that order.
    public var spans: [SpanData] { exporter.finishedSpans }

    /// The ended span of that name.
    public func span(_ name: String) -> SpanData? { spans.first { $0.name == name } }
}
