import Testing
import TracingCore

/// `otel.sdk.span.started` counts every span, `otel.sdk.span.live` those that are recorded and have not ended.
@Suite struct SpanMetricsTests {
    private let metrics = InMemoryMetricReader()
    private let remote = SpanContext(
        traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: .sampled, isRemote: true)

    private func backend(_ sampler: Sampler) -> TracingBackend {
        .core(
            TracerProvider(
                processors: [], sampler: sampler, meterProvider: MeterProvider(readers: [metrics]),
                logSink: NoLogSink()))
    }

    private func values(_ name: String) -> [Attributes: MetricPoint.Value] {
        Dictionary(uniqueKeysWithValues: metrics.points(named: name).map { ($0.attributes, $0.value) })
    }

    @Test func parentsAreToldApart() {
        let backend = backend(.alwaysOn)
        let root = backend.startSpan("root", parent: .root)
        let child = backend.startSpan("child", parent: .span(root.context))
        let server = backend.startSpan("server", parent: .span(remote))
        let result = Attribute("otel.span.sampling_result", "RECORD_AND_SAMPLE")
        func started(_ origin: AttributeValue) -> Attributes {
            Attributes([result, Attribute("otel.span.parent.origin", origin)])
        }
        #expect(
            values("otel.sdk.span.started") == [
                started("none"): .int(1), started("local"): .int(1), started("remote"): .int(1),
            ])
        #expect(values("otel.sdk.span.live") == [Attributes([result]): .int(3)])
        root.end()
        root.end()
        child.end()
        #expect(values("otel.sdk.span.live") == [Attributes([result]): .int(1)])
        server.end()
        #expect(values("otel.sdk.span.live") == [Attributes([result]): .int(0)])
    }

    @Test func whatIsDroppedStartsAndDoesNotLive() {
        backend(.alwaysOff).startSpan("dropped", parent: .root).end()
        #expect(
            values("otel.sdk.span.started") == [
                ["otel.span.sampling_result": "DROP", "otel.span.parent.origin": "none"]: .int(1)
            ])
        #expect(values("otel.sdk.span.live").isEmpty)
    }

    @Test func whatIsOnlyRecordedLivesApart() {
        let span = backend(.custom(RecordOnly())).startSpan("recorded", parent: .root)
        #expect(values("otel.sdk.span.live") == [["otel.span.sampling_result": "RECORD_ONLY"]: .int(1)])
        span.end()
        #expect(values("otel.sdk.span.live") == [["otel.span.sampling_result": "RECORD_ONLY"]: .int(0)])
    }
}

private struct RecordOnly: SamplingRule {
    var description: String { "RecordOnly" }
    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult { SamplingResult(.recordOnly) }
}
