#if DistributedTracing
import SpanlinkRuntime
internal import Tracing
internal import TracingCore

/// Whatever swift-distributed-tracing was bootstrapped with, looked up until it was.
///
/// Asking `InstrumentationSystem` takes its lock and searches, for each call; it can be bootstrapped only once, so what was
/// found stays right.
final class BootstrappedTracer: ExternalTracer {
    static let shared = BootstrappedTracer()
    private let found = AtomicLazyReference<DistributedTracerAdapter>()

    /// The tracer, or one that does nothing before there is any.
    var tracer: DistributedTracerAdapter {
        if let tracer = found.load() { return tracer }
        let tracer = InstrumentationSystem.tracer
        let current = DistributedTracerAdapter(
            tracer, instruments: InstrumentationSystem.instrument as? MultiplexInstrument)
        return tracer is NoOpTracer ? current : found.storeIfNil(current)
    }

    func startSpan(
        _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes, links: SpanLinks,
        at time: Timestamp?
    ) -> any ExternalSpan {
        tracer.startSpan(name, kind: kind, parent: parent, attributes: attributes, links: links, at: time)
    }

    func inject(_ context: ActiveContext) -> [(name: String, value: String)] { tracer.inject(context) }
    func extract(_ headers: [(name: String, value: String)]) -> ActiveContext? { tracer.extract(headers) }
    func identity(in context: ActiveContext) -> [(name: String, value: String)] { tracer.identity(in: context) }
}
#endif
