#if DistributedTracing
import DistributedTracingBridge
import SpanlinkTelemetry
import Testing
import Tracing
import TracingCore

/// From start-up to swift-distributed-tracing's backend.
@Suite struct TelemetryInstrumentTests {
    private let exporter = InMemorySpanExporter()
    private let headers = [
        "traceparent": "00-00000000000000070000000000000007-0000000000000008-01", "baggage": "user=ada",
    ]

    private func telemetry(_ environment: [String: String] = [:]) throws -> Telemetry {
        var configuration = Telemetry.Configuration(serviceName: "orders")
        configuration.setsGlobalBackend = false
        configuration.spanExporters = [.inMemory(exporter)]
        return try Telemetry(configuration: configuration, environment: environment)
    }

    private func passOn(_ instrument: SpanlinkTracer) -> [String: String] {
        var context = ServiceContext.topLevel
        instrument.extract(headers, into: &context, using: DictionaryAccess())
        var written: [String: String] = [:]
        instrument.inject(context, into: &written, using: DictionaryAccess())
        return written
    }

    @Test func itsSpansGoWhereOursGo() async throws {
        let telemetry = try telemetry()
        await telemetry.withSpan("ours") { _ in telemetry.instrument.startSpan("theirs").end() }
        #expect(exporter.finishedSpans.map(\.name) == ["theirs", "ours"])
        #expect(exporter.finishedSpans[0].parent == exporter.finishedSpans[1].context)
        #expect(
            TracingBackend.distributedTracing(telemetry.instrument).tracerProvider === telemetry.backend.tracerProvider)
        await telemetry.shutdown()
    }

    @Test(arguments: [
        ("", ["traceparent", "baggage"]), ("tracecontext", ["traceparent"]), ("baggage", ["baggage"]), ("none", []),
    ])
    func itPropagatesWhatTheEnvironmentSays(propagators: String, expected: [String]) async throws {
        for disabled in ["false", "true"] {
            let telemetry = try telemetry(["OTEL_PROPAGATORS": propagators, "OTEL_SDK_DISABLED": disabled])
            #expect(passOn(telemetry.instrument) == headers.filter { expected.contains($0.key) })
            await telemetry.shutdown()
        }
    }

    @Test func theInstrumentOfAProviderPropagatesAsItSays() {
        let provider = TracerProvider(processors: [], propagator: TextMapPropagator(.baggage))
        #expect(passOn(SpanlinkTracer(provider)) == ["baggage": "user=ada"])
        #expect(passOn(SpanlinkTracer(provider, propagator: TextMapPropagator())) == headers)
    }

    @Test func whenDisabledNothingIsRecordedAndContextsPass() async throws {
        let instrument = try telemetry(["OTEL_SDK_DISABLED": "true"]).instrument
        var context = ServiceContext.topLevel
        instrument.extract(headers, into: &context, using: DictionaryAccess())
        ServiceContext.withValue(context) {
            instrument.withSpan("work") { span in
                #expect(!span.isRecording)
                var written: [String: String] = [:]
                instrument.inject(span.context, into: &written, using: DictionaryAccess())
                #expect(written == headers)
                #expect(ActiveContext.current.spanContext == ActiveContext(context).spanContext)
            }
        }
        #expect(instrument.provider == nil && !TracingBackend.distributedTracing(instrument).isObserving)
        instrument.forceFlush()
        #expect(exporter.finishedSpans.isEmpty)
    }
}
#endif
