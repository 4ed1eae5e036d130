public import TracingCore

/// Sends metrics to an OTLP receiver over HTTP or gRPC, in protobuf. In all else it is as ``OTLPSpanExporter``.
public final class OTLPMetricExporter: MetricExporter, InterruptibleExporter {
    public let temporality: MetricTemporalityPreference
    public let histogramAggregation: HistogramAggregationPreference
    private let pipeline: ExportPipeline

    /// An exporter to `configuration`'s endpoint; it connects with the first export.
    ///
    /// - Throws: ``OTLPConfigurationError`` for a mistake in `configuration`, and if the installed libcurl cannot do as it
    ///   says.
    public init(
        configuration: OTLPConfiguration = .localMetrics, temporality: MetricTemporalityPreference = .cumulative,
        histogramAggregation: HistogramAggregationPreference = .explicitBucketHistogram,
        logSink: any LogSink = StandardErrorLogSink()
    ) throws(OTLPConfigurationError) {
        self.temporality = temporality
        self.histogramAggregation = histogramAggregation
        pipeline = try ExportPipeline(.metrics, configuration, meterProvider: .noop, log: logSink)
    }

    /// Has the exporter measure itself (`otel.sdk.exporter.*`), also into the provider whose metrics it exports.
    public func measure(with meterProvider: MeterProvider) { pipeline.measure(with: meterProvider) }

    /// How many points were lost, by reason.
    public var lostPoints: [String: Int] { pipeline.lost }

    public func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        let items = MetricItems(metrics: metrics, resource: resource)
        return items.itemCount == 0 || pipeline.send(items, deadline: deadline) == 0
    }

    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }

    public func beginShutdown(deadline: ContinuousClock.Instant) { pipeline.beginShutdown(deadline: deadline) }

    public func shutdown(deadline: ContinuousClock.Instant) { pipeline.shutdown() }
}
