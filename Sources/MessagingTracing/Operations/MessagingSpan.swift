internal import TracingCore

extension TracingBackend {
    /// Starts the span of an operation that ends without a handler: plain data, unless a fact of the message is no scalar.
    func startMessagingSpan(
        _ template: SpanTemplate, kind: TraceSpan.Kind, parent: SpanParent, links: SpanLinks = .none,
        linkLimit: Int? = nil, at start: SpanInstant, _ facts: RetainedFacts? = nil,
        attributes: (inout AttributeFacts) -> Void
    ) -> DeferredSpan {
        guard let more = facts?.optional?.attributes, facts?.isPlain == false else {
            return startDeferredSpan(
                template, kind: kind, parent: parent, links: links, linkLimit: linkLimit, at: start,
                attributes: attributes)
        }
        var all = AttributeFacts.withList { list in
            attributes(&list)
            return Attributes(on: template.attributes, adding: list)
        }
        all.merge(more)
        return DeferredSpan(
            startSpan(
                template, kind: kind, parent: parent, attributes: all, links: links, linkLimit: linkLimit, at: start),
            kind: kind, start: start)
    }
}
