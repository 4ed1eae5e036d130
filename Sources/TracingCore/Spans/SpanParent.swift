/// What a new span is a child of.
public enum SpanParent: Sendable {
    /// The span that is active in the current task, if any.
    case active
    /// Nothing: the span is the root of a new trace. Baggage and other libraries' context stay.
    case root
    /// The span that is active in the given context.
    case context(ActiveContext)
    /// The span with the given context, say one that a message brought; a root if it is invalid.
    case span(SpanContext)
}
