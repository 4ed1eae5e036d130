public import TracingCore

/// Sends metrics to an OTLP receiver over HTTP, in protobuf; as ``OTLPSpanExporter`` in all else.
public final class OTLPMetricExporter: MetricExporter, InterruptibleExporter {
    public let temporality: MetricTemporalityPreference
    private let transport: OTLPTransport

    /// An exporter to `configuration`'s endpoint; it connects with the first export.
    ///
    /// - Throws: ``OTLPConfigurationError`` for what makes no sense in `configuration`.
    public init(
        configuration: OTLPConfiguration = .localMetrics, temporality: MetricTemporalityPreference = .cumulative,
        logSink: any LogSink = StandardErrorLogSink()
    ) throws(OTLPConfigurationError) {
        self.temporality = temporality
        transport = try OTLPTransport(.metrics, configuration, meterProvider: .noop, log: logSink)
    }

    /// Has the exporter measure itself (`otel.sdk.exporter.*`), also into the provider whose metrics it exports.
    public func measure(with meterProvider: MeterProvider) { transport.measure(with: meterProvider) }

    /// How many points were lost, by reason.
    public var lostPoints: [String: Int] { transport.lost }

    public func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        let items = MetricItems(metrics: metrics, resource: resource)
        return items.itemCount == 0 || transport.send(items, deadline: deadline) == 0
    }

    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }

    public func beginShutdown(deadline: ContinuousClock.Instant) { transport.beginShutdown(deadline: deadline) }

    public func shutdown(deadline: ContinuousClock.Instant) { transport.shutdown() }
}
