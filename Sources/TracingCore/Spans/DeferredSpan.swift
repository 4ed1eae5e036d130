/// A span whose facts are all known to the code that ends it: plain data instead of an object.
///
/// ``TracingBackend/startDeferredSpan(_:kind:parent:links:linkLimit:at:attributes:)`` decides and identifies the span, so that
/// its context can be injected. ``end(_:at:links:linkLimit:status:attributes:lateAttributes:)`` records it in one step. Nobody
/// can write to it in between. A value, safe to end on any thread; end it exactly once.
public struct DeferredSpan: Sendable {
    enum Storage: Sendable {
        /// Nothing is recorded.
        case propagating
        /// Recorded as bytes at the end.
        case plain(TracerProvider, parent: SpanContext?)
        /// A processor, a limit or another library's tracer needs an object.
        case object(TraceSpan)
    }

    /// The identity of the span, which travels with messages.
    public let context: SpanContext
    /// The start of the span.
    public let start: SpanInstant
    let kind: TraceSpan.Kind
    let storage: Storage

    init(context: SpanContext, start: SpanInstant, kind: TraceSpan.Kind, _ storage: Storage) {
        self.context = context
        self.start = start
        self.kind = kind
        self.storage = storage
    }

    /// A span that is an object already.
    package init(_ span: TraceSpan, kind: TraceSpan.Kind, start: SpanInstant) {
        self.init(context: span.context, start: start, kind: kind, .object(span))
    }

    /// A span that records nothing and carries `context` on.
    public init(propagating context: SpanContext) {
        self.init(
            context: context, start: SpanInstant(Timestamp(nanosecondsSinceEpoch: 0)), kind: .internal, .propagating)
    }

    /// Whether the span will be recorded.
    public var isRecording: Bool {
        switch storage {
        case .propagating: false
        case .plain: true
        case .object(let span): span.isRecording
        }
    }

    /// The span as a handle to inject, or to link to. It cannot be written.
    public var handle: TraceSpan {
        switch storage {
        case .propagating, .plain: TraceSpan(propagating: context)
        case .object(let span): span
        }
    }

    /// Ends and records the span.
    ///
    /// - Parameters:
    ///   - template: the template that the span was started with.
    ///   - end: the end of the operation; default: now.
    ///   - links: the links that the span was started with.
    ///   - linkLimit: the link limit that the span was started with.
    ///   - attributes: adds the same attributes as at the start; their keys are not in the template.
    ///   - lateAttributes: adds attributes that became known later; their keys are new to the span.
    @inlinable
    public func end(
        _ template: SpanTemplate, at end: Timestamp? = nil, links: SpanLinks = .none, linkLimit: Int? = nil,
        status: TraceSpan.Status = .unset, attributes: (inout AttributeFacts) -> Void = { _ in },
        lateAttributes: (inout AttributeFacts) -> Void = { _ in }
    ) {
        guard needsEnd else { return }
        AttributeFacts.withList { facts in
            if needsAllAttributes { attributes(&facts) }
            lateAttributes(&facts)
            record(template, at: end, links, linkLimit, status, facts)
        }
    }

    @usableFromInline var needsEnd: Bool {
        if case .propagating = storage { false } else { true }
    }

    @usableFromInline var needsAllAttributes: Bool {
        if case .plain = storage { true } else { false }
    }

    @usableFromInline
    func record(
        _ template: SpanTemplate, at end: Timestamp?, _ links: SpanLinks, _ linkLimit: Int?, _ status: TraceSpan.Status,
        _ facts: borrowing AttributeFacts
    ) {
        switch storage {
        case .propagating: break
        case .plain(let provider, let parent):
            var span = EndedSpan(
                template, context: context, parent: parent, kind: kind, startTime: start.time,
                endTime: end.map { max(start.time, $0) } ?? start.end)
            span.facts = facts.elements
            span.droppedAttributesCount = facts.droppedCount
            span.status = status
            provider.record(&span, links, linkLimit, scope: template.scope)
        case .object(let span):
            span.end(at: end, adding: facts.attributes, status: status)
        }
    }
}
