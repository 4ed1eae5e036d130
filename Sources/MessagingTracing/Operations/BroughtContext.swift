public import TracingCore

/// What a single message brought along: the context of its producer, and baggage.
@usableFromInline
struct BroughtContext: Sendable {
    let spanContext: SpanContext?
    let external: ActiveContext?
    let baggage: Baggage

    @usableFromInline
    init(_ reader: borrowing MessageContextReader, _ formats: TextMapPropagator.Formats) {
        self.spanContext = formats.contains(.traceContext) ? reader.finish() : nil
        self.external = nil
        self.baggage = reader.baggage
    }

    @usableFromInline
    init(external: ActiveContext?) {
        self.spanContext = external?.span.context
        self.external = external
        self.baggage = external?.baggage ?? Baggage()
    }

    /// What the span is a child of and what it links to.
    ///
    /// With the producer as parent it still links to it, and to the span that would have been the parent else.
    func family(
        _ choice: ConsumerSpanParent, ambient: SpanParent, _ backend: TracingBackend
    ) -> (parent: SpanParent, links: SpanLinks) {
        guard let spanContext else { return (ambient, .none) }
        let producer = external.map { SpanLinks(spanContext).with(externalContexts: [$0]) } ?? SpanLinks(spanContext)
        guard choice == .producer, spanContext.isValid || external != nil else { return (ambient, producer) }
        let parent = external.map { SpanParent.context(ActiveContext.current.adding($0)) } ?? .span(spanContext)
        guard case .context(let context) = ambient, backend.hasSpan(context) else { return (parent, producer) }
        let both = [TraceSpan.Link(spanContext), TraceSpan.Link(context.spanContext ?? .invalid)]
        let links = SpanLinks(both)
        return (parent, external.map { links.with(externalContexts: [$0, context]) } ?? links)
    }
}
