/// A span whose facts are all known to the code that ends it: plain data instead of an object.
///
/// ``TracingBackend/startDeferredSpan(_:kind:parent:links:linkLimit:at:attributes:)`` decides and identifies the span, so that
/// its context can be injected. ``end(_:at:links:linkLimit:status:attributes:lateAttributes:)`` records it in one step. Nobody
/// can write to it in between. A value, safe to end on any thread; end it exactly once.
///
/// `@unchecked`: the unretained tracer is the one that `owner` retains.
public struct DeferredSpan: @unchecked Sendable {
    enum Form: UInt8, Sendable {
        /// Nothing is recorded.
        case propagating
        /// Recorded as bytes at the end.
        case plain
        /// A processor, a limit or another library's tracer needs an object.
        case object
    }

    /// The identity of the span, which travels with messages.
    public let context: SpanContext
    /// The start of the span.
    public let start: SpanInstant
    let kind: TraceSpan.Kind
    let form: Form
    /// The tracer of a plain span, kept alive by `owner`, and the parent.
    private let provider: Unmanaged<TracerProvider>?
    private let owner: TracerProvider?
    let parent: SpanContext?
    /// The span as an object.
    let object: TraceSpan?

    private init(
        context: SpanContext, start: SpanInstant, kind: TraceSpan.Kind, form: Form, provider: TracerProvider? = nil,
        parent: SpanContext? = nil, object: TraceSpan? = nil
    ) {
        self.context = context
        self.start = start
        self.kind = kind
        self.form = form
        self.provider = provider.map { .passUnretained($0) }
        self.owner = provider
        self.parent = parent
        self.object = object
    }

    /// A span that is recorded as bytes.
    init(
        context: SpanContext, start: SpanInstant, kind: TraceSpan.Kind, provider: TracerProvider, parent: SpanContext?
    ) {
        self.init(context: context, start: start, kind: kind, form: .plain, provider: provider, parent: parent)
    }

    /// A span that is an object already.
    package init(_ span: TraceSpan, kind: TraceSpan.Kind, start: SpanInstant) {
        self.init(context: span.context, start: start, kind: kind, form: .object, object: span)
    }

    /// A span that records nothing and carries `context` on.
    public init(propagating context: SpanContext) {
        self.init(
            context: context, start: SpanInstant(Timestamp(nanosecondsSinceEpoch: 0)), kind: .internal,
            form: .propagating)
    }

    /// Whether the span will be recorded.
    public var isRecording: Bool {
        switch form {
        case .propagating: false
        case .plain: true
        case .object: object?.isRecording ?? false
        }
    }

    /// The span as a handle to inject, or to link to. It cannot be written.
    public var handle: TraceSpan { object ?? TraceSpan(propagating: context) }

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

    @usableFromInline var needsEnd: Bool { form != .propagating }

    @usableFromInline var needsAllAttributes: Bool { form == .plain }

    @usableFromInline
    func record(
        _ template: SpanTemplate, at end: Timestamp?, _ links: SpanLinks, _ linkLimit: Int?, _ status: TraceSpan.Status,
        _ facts: borrowing AttributeFacts
    ) {
        guard let provider else {
            object?.end(at: end, adding: facts.attributes, status: status)
            return
        }
        var span = EndedSpan(
            template, context: context, parent: parent, kind: kind, startTime: start.time,
            endTime: end.map { max(start.time, $0) } ?? start.end)
        span.facts = facts.elements
        if facts.droppedCount > 0 { span.droppedAttributesCount = facts.droppedCount }
        if status != .unset { span.status = status }
        provider._withUnsafeGuaranteedRef { $0.record(&span, links, linkLimit, of: template) }
    }
}
