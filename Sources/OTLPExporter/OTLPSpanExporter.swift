import OTLPFormat
public import TracingCore

/// Sends spans to an OTLP receiver over HTTP or gRPC, in protobuf (OTLP specification, "OTLP/HTTP" and "OTLP/gRPC").
///
/// An export blocks the calling thread until the answer is there or the batch is given up: use a ``BatchSpanProcessor``.
/// Lost and failed connections are tried again within the batch's time-out, and so are 429, 502, 503 and 504 over HTTP, and
/// the retryable codes of the specification over gRPC. A request that the server calls too large is halved. Lost spans are
/// counted by reason (metric `otel.sdk.exporter.span.exported`) and logged, at most once a minute for a reason. Once a
/// shutdown has begun nothing waits: each batch is tried once.
public final class OTLPSpanExporter: SpanExporter, InterruptibleExporter {
    private let pipeline: ExportPipeline

    /// An exporter to `configuration`'s endpoint; it connects with the first export.
    ///
    /// - Throws: ``OTLPConfigurationError`` for a mistake in `configuration`, and if the installed libcurl cannot do as it
    ///   says.
    public init(
        configuration: OTLPConfiguration = .localTraces, meterProvider: MeterProvider = .noop,
        logSink: any LogSink = StandardErrorLogSink()
    ) throws(OTLPConfigurationError) {
        pipeline = try ExportPipeline(.traces, configuration, meterProvider: meterProvider, log: logSink)
    }

    /// An exporter with another libcurl than the installed one, for tests.
    init(configuration: OTLPConfiguration, libcurl: LibcurlFeatures, logSink: any LogSink)
        throws(OTLPConfigurationError)
    {
        pipeline = try ExportPipeline(
            .traces, configuration, meterProvider: .noop, log: logSink, libcurl: libcurl)
    }

    /// The numbers of lost spans by reason: an HTTP status such as `500`, a gRPC status such as `UNAVAILABLE`, or a word such as
    /// `timeout`, `connection_failed`, `rejected`, `request_too_large`.
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
