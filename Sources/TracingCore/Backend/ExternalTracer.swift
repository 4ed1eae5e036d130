/// A tracer of another library as a backend.
///
/// Its context travels inside ``ActiveContext``. What it writes into messages and reads from them are text headers of its
/// own choice. No call may throw or block.
public protocol ExternalTracer: Sendable {
    /// Starts a span. Links may be added after the start where the library has no place for them before.
    func startSpan(
        _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes, links: SpanLinks,
        at time: Timestamp?
    ) -> any ExternalSpan

    /// The headers that a message published inside `context` carries; empty when no span is active in it.
    func inject(_ context: ActiveContext) -> [(name: String, value: String)]

    /// What a message's headers say, as a context that a link or a parent can refer to; `nil` when they say nothing.
    func extract(_ headers: [(name: String, value: String)]) -> ActiveContext?

    /// The headers that identify the span which is active in `context`, and nothing else of it; empty without one.
    func identity(in context: ActiveContext) -> [(name: String, value: String)]

    /// `context` with the span of the given W3C identity active in it, as this tracer sees it.
    func context(of span: SpanContext, in context: ActiveContext) -> ActiveContext
}

extension ExternalTracer {
    public func identity(in context: ActiveContext) -> [(name: String, value: String)] {
        inject(context).filter { $0.name.lowercased() != PropagationHeader.baggage.description }
    }

    /// Reads back what the W3C headers of `span` say.
    public func context(of span: SpanContext, in context: ActiveContext) -> ActiveContext {
        var base = context.with(span: TraceSpan(propagating: span))
        let headers = TextMapPropagator(.traceContext).inject(span).map { (name: $0, value: $1) }
        if let extracted = extract(headers) { base = base.adding(extracted.with(span: base.span)) }
        return base
    }

    /// What identifies the span that is active in `context`, from the W3C headers that this tracer writes; `nil` if it
    /// writes none.
    public func spanContext(in context: ActiveContext) -> SpanContext? {
        let headers = identity(in: context).map { ($0.name, $0.value) }
        guard var found = TextMapPropagator(.traceContext).extract(headers).context else { return nil }
        found.isRemote = false
        return found
    }
}

/// A span of another library's tracer. The meaning of each method is that of ``TraceSpan``.
public protocol ExternalSpan: Sendable {
    /// The span's identity where it is known in W3C terms, else an invalid context.
    var spanContext: SpanContext { get }
    /// The context in which the span is active.
    var activeContext: ActiveContext { get }
    /// Whether what is set is kept.
    var isRecording: Bool { get }
    /// Renames the span.
    func updateName(_ name: String)
    /// Sets attributes.
    func setAttributes(_ attributes: Attributes)
    /// Adds an event.
    func addEvent(_ event: TraceSpan.Event)
    /// Records an error.
    func recordError(_ error: any Error, attributes: Attributes, at time: Timestamp?)
    /// Adds a link.
    func addLink(_ link: TraceSpan.Link)
    /// Sets the status.
    func setStatus(_ status: TraceSpan.Status)
    /// Ends the span; only the first end counts.
    func end(at time: Timestamp?)
}

/// A external tracer and where its measurements go, behind one reference.
@usableFromInline
final class ExternalBackend: Sendable {
    let tracer: any ExternalTracer
    let meterProvider: MeterProvider

    init(tracer: any ExternalTracer, meterProvider: MeterProvider) {
        self.tracer = tracer
        self.meterProvider = meterProvider
    }
}

extension TracingBackend {
    /// The tracer of another library, when it is the backend.
    public var externalTracer: (any ExternalTracer)? {
        if case .external(let backend) = kind { backend.tracer } else { nil }
    }
}
