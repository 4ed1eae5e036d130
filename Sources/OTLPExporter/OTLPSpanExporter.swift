import OTLPFormat
public import TracingCore

/// Sends spans to an OTLP receiver over HTTP, in protobuf (OTLP specification, "OTLP/HTTP").
///
/// It blocks the thread that calls it until the server answers or the batch is given up: put it behind a
/// ``BatchSpanProcessor``. Only 429, 502, 503, 504 and lost or failed connections are tried again, within the batch's
/// time-out. What is lost is counted by reason (metric `otel.sdk.exporter.span.exported`) and logged, at most once a
/// minute a reason. From the moment a shutdown begins nothing waits any more: each batch is tried once.
public final class OTLPSpanExporter: SpanExporter, InterruptibleExporter {
    private let pipeline: ExportPipeline

    /// An exporter to `configuration`'s endpoint; it connects with the first export.
    ///
    /// - Throws: ``OTLPConfigurationError`` for what makes no sense in `configuration`.
    public init(
        configuration: OTLPConfiguration = .localTraces, meterProvider: MeterProvider = .noop,
        logSink: any LogSink = StandardErrorLogSink()
    ) throws(OTLPConfigurationError) {
        pipeline = try ExportPipeline(.traces, configuration, meterProvider: meterProvider, log: logSink)
    }

    /// How many spans were lost, by reason: an HTTP status such as `500`, or a word such as `timeout`, `connection_failed`,
    /// `rejected`.
    public var lostSpans: [String: Int] { pipeline.lost }

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        spans.isEmpty || exportCountingLoss(of: spans, deadline: deadline) < spans.count
    }

    /// Exports `spans`.
    ///
    /// - Returns: The number of spans that are lost.
    package func exportCountingLoss(of spans: [SpanData], deadline: ContinuousClock.Instant) -> Int {
        spans.isEmpty ? 0 : pipeline.send(SpanItems(spans: spans), deadline: deadline)
    }

    public func beginShutdown(deadline: ContinuousClock.Instant) { pipeline.beginShutdown(deadline: deadline) }

    public func shutdown(deadline: ContinuousClock.Instant) { pipeline.shutdown() }
}

extension OTLPSpanExporter: EncodedSpanExporter {
    package var spanEncoder: any SpanEncoder { ProtobufSpanEncoder() }

    package func export(_ spans: EncodedSpans, deadline: ContinuousClock.Instant) -> Int {
        spans.count == 0 ? 0 : pipeline.send(EncodedSpanItems(spans: spans), deadline: deadline)
    }
}
