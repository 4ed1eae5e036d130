#if DistributedTracing
import SpanlinkRuntime
internal import Tracing
internal import TracingCore

/// A span of another tracer of swift-distributed-tracing in our API.
final class DistributedSpanAdapter: ExternalSpan {
    private let base: any Tracing.Span
    /// What the tracer says of the span, and other libraries' keys.
    private let context: ServiceContext
    private let tracer: DistributedTracerAdapter
    /// Ending a span of theirs twice is an error; some tracers end the process for it.
    private let hasEnded = Atomic(false)
    private let identity = Mutex<SpanContext?>(nil)

    init(_ base: any Tracing.Span, context: ServiceContext, tracer: DistributedTracerAdapter) {
        self.base = base
        self.context = context
        self.tracer = tracer
    }

    /// Known by injecting, which costs: done when it is asked for, and once.
    var spanContext: SpanContext {
        if let known = identity.withLock({ $0 }) { return known }
        let found = tracer.spanContext(in: ActiveContext(context)) ?? .invalid
        identity.withLock { $0 = found }
        return found
    }

    /// Made anew for each call: a context that holds this span must not be held by it.
    var activeContext: ActiveContext { ActiveContext(context).with(span: TraceSpan(external: self), from: .current) }

    var isRecording: Bool { isOpen && base.isRecording }

    private var isOpen: Bool { !hasEnded.load(ordering: .acquiring) }

    func updateName(_ name: String) {
        if isOpen { base.operationName = name }
    }

    func setAttributes(_ attributes: Attributes) {
        if isOpen { base.updateAttributes { $0.merge(attributes) } }
    }

    func addEvent(_ event: TraceSpan.Event) {
        guard isOpen else { return }
        base.addEvent(SpanEvent(name: event.name, at: event.time, attributes: SpanAttributes(event.attributes)))
    }

    func recordError(_ error: any Error, attributes: Attributes, at time: Timestamp?) {
        guard isOpen else { return }
        base.recordError(error, attributes: SpanAttributes(attributes), at: time ?? .now)
    }

    func addLink(_ link: TraceSpan.Link) {
        guard isOpen else { return }
        let target = tracer.context(of: link.context, in: .none)
        base.addLink(SpanLink(context: target.serviceContext, attributes: SpanAttributes(link.attributes)))
    }

    func setStatus(_ status: TraceSpan.Status) {
        guard isOpen, let status = SpanStatus(status) else { return }
        base.setStatus(status)
    }

    func end(at time: Timestamp?) {
        guard hasEnded.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        base.end(at: time ?? .now)
    }
}
#endif
