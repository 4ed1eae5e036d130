#if DistributedTracing
import DistributedTracingBridge
import InMemoryTracing
import MessagingTracing
import Testing
import TracedKafka
import Tracing
import TracingCore

/// Our names and theirs in one file, none of them qualified: it compiles.
@Suite struct NamesTests {
    struct Ours {
        var span: TraceSpan = .none
        var kind: TraceSpan.Kind = .internal
        var status: TraceSpan.Status = .unset
        var event = TraceSpan.Event(name: "")
        var link = TraceSpan.Link(.invalid)
        var links = SpanLinks.none
        var parent = SpanParent.active
        var context: SpanContext = .invalid
        var active = ActiveContext.none
        var baggage = Baggage()
        var attributes = Attributes()
        var attribute = Attribute("", 1)
        var value: AttributeValue = 1
        var resource = Resource()
        var scope = InstrumentationScope.application
        var backend = TracingBackend.disabled
        var provider: TracerProvider?
        var sampler = Sampler.alwaysOn
        var limits = SpanLimits()
        var time = Timestamp.now
        var state = TraceState()
        var meter = MeterProvider.noop
        var counter: MetricCounter?
        var gauge: MetricGauge?
        var histogram: MetricHistogram?
        var level: LogLevel?
        var sink: any LogSink = StandardErrorLogSink()
        var data: SpanData?
        var exporter: any SpanExporter = InMemorySpanExporter()
        var processor: (any SpanProcessor)?
        var external: (any ExternalTracer)?
        var externalSpan: (any ExternalSpan)?
        var messaging: MessagingInstrumentation?
        var stored: StoredTraceContext?
    }

    struct Theirs {
        var tracer: any Tracer = NoOpTracer()
        var span: any Span
        var kind = SpanKind.internal
        var status = SpanStatus(code: .ok)
        var event: SpanEvent = "event"
        var link: SpanLink
        var attributes: SpanAttributes = [:]
        var attribute: SpanAttribute = 1
        var context = ServiceContext.topLevel
        var instrument: any Instrument = NoOpInstrument()
        var instant: any TracerInstant = DefaultTracerClock.now
    }

    @Test func namesDoNotCollide() {
        let span = NoOpTracer().startSpan("")
        let theirs = Theirs(span: span, link: SpanLink(context: span.context, attributes: [:]))
        #expect(!theirs.span.isRecording && !Ours().span.isRecording)
        #expect(Ours().time.nanosecondsSinceEpoch <= DefaultTracerClock.now.nanosecondsSinceEpoch)
    }
}
#endif
