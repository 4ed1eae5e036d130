public import TracingCore

/// Where a loop over messages was made: an iterator, a `run`.
///
/// Task-locals are inherited: without this, a loop that was started inside a request would hang all its messages on that
/// request. What was active when the loop was made is no parent; a span that became active afterwards is.
public struct ConsumerLoop: Sendable {
    @usableFromInline let origin: ActiveContext

    /// A loop that is made here and now.
    @inlinable
    public init() { self.origin = .current }

    /// The span that a message handled in `context` belongs to, if any.
    func parent(in context: ActiveContext, _ backend: TracingBackend) -> SpanParent {
        backend.isSameSpan(context, origin) ? .root : .context(context)
    }
}

/// What the span of a single message is a child of.
public enum ConsumerSpanParent: Sendable, Hashable {
    /// Nothing, unless a span became active after the loop was made: the span is the root of its own trace and links to
    /// the producer.
    case ownTrace
    /// The span that produced the message; the span links to it as well, and to a span that is active.
    case producer
}
