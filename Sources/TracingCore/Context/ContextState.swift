/// All that the core keeps in a task's context: one immutable object, so that reading it is one look-up.
final class ContextState: Sendable {
    let span: TraceSpan
    let baggage: Baggage
    /// Where this task tree records, when it says so itself (tests do); the client's backend and the global one come after.
    let backend: TracingBackend?

    init(span: TraceSpan, baggage: Baggage, backend: TracingBackend?) {
        self.span = span
        self.baggage = baggage
        self.backend = backend
    }
}

extension ActiveContext {
    /// The active span; ``TraceSpan/none`` when there is none.
    ///
    /// Over a tracer of another library: the innermost span that was started here. What was started through that library's
    /// own API inside it is known to ``TracingBackend/spanContext(in:)`` alone.
    public var span: TraceSpan { state?.span ?? .none }

    /// Whether nothing at all is active.
    public var isNone: Bool { state == nil }

    /// What identifies the active span, `nil` when there is none.
    public var spanContext: SpanContext? {
        guard let context = state?.span.context, context.isValid else { return nil }
        return context
    }

    /// The active baggage.
    public var baggage: Baggage { state?.baggage ?? Baggage() }

    /// Where this task tree records, when it says so itself.
    var backend: TracingBackend? { state?.backend }

    /// This context with `span` active.
    public func with(span: TraceSpan) -> ActiveContext {
        let state = state
        return replacing(ContextState(span: span, baggage: state?.baggage ?? Baggage(), backend: state?.backend))
    }

    /// This context with `span` active and the baggage and backend of `other`.
    package func with(span: TraceSpan, from other: ActiveContext) -> ActiveContext {
        let state = other.state
        return replacing(ContextState(span: span, baggage: state?.baggage ?? Baggage(), backend: state?.backend))
    }

    /// This context with other baggage.
    public func with(baggage: Baggage) -> ActiveContext {
        let state = state
        return replacing(ContextState(span: state?.span ?? .none, baggage: baggage, backend: state?.backend))
    }

    /// This context with spans of the task tree recorded by `backend`, whatever clients and the process say.
    public func with(backend: TracingBackend?) -> ActiveContext {
        let state = state
        return replacing(
            ContextState(span: state?.span ?? .none, baggage: state?.baggage ?? Baggage(), backend: backend))
    }

    /// What the root of a trace starts from: no span of ours; baggage and other libraries' keys are kept.
    public var root: ActiveContext { span.isNone ? self : with(span: .none) }

    /// This context with what a tracer of another library said elsewhere on top: its keys, the span of ours that stands for
    /// them, and baggage if there is any.
    package func adding(_ other: ActiveContext) -> ActiveContext {
        let (mine, theirs) = (state, other.state)
        var context = self
        context.overlay(other)
        let baggage = theirs.flatMap { $0.baggage.isEmpty ? nil : $0.baggage } ?? mine?.baggage ?? Baggage()
        context.state = ContextState(
            span: theirs?.span ?? .none, baggage: baggage, backend: theirs?.backend ?? mine?.backend)
        return context
    }

    private func replacing(_ state: ContextState) -> ActiveContext {
        var context = self
        context.state = state
        return context
    }
}

extension TraceSpan {
    /// Whether this is no span at all.
    var isNone: Bool {
        if case .propagating(let context) = storage { !context.isValid } else { false }
    }
}
