/// A span that has ended, as an encoder reads it: borrowed from a ``RecordingSpan``, a ``DeferredSpan`` or a
/// ``SpanData`` for the length of one call.
///
/// Plain data but for ``Details``, which few spans have: making one counts no references. The caller of the encoder keeps
/// template, attribute set and tracestate alive.
@usableFromInline
package struct EndedSpan: ~Copyable {
    /// The parts that a span of a template without failure, events and links does not have.
    package struct Details {
        var name = ""
        var ownAttributes: [Attribute] = []
        var events: [TraceSpan.Event] = []
        var links = SpanLinks.none
        var lateLinks: [TraceSpan.Link] = []
        var status = TraceSpan.Status.unset
        var droppedAttributesCount = 0
        var droppedEventsCount = 0
        var droppedLinksCount = 0
        var limits: SpanLimits?
    }

    package let traceID: TraceID
    package let spanID: SpanID
    package let traceFlags: TraceFlags
    /// The parent; `nil` for the root of a trace.
    package let parentSpanID: SpanID?
    package let isParentRemote: Bool
    package let kind: TraceSpan.Kind
    package let startTime: Timestamp
    package let endTime: Timestamp
    /// Attributes as plain data, after all others. Keys are unique.
    package var facts = UnsafeBufferPointer<AttributeFact>(start: nil, count: 0)
    private var details: Details?
    private let unmanagedTraceState: Unmanaged<TraceStateStorage>?
    private let unmanagedTemplate: Unmanaged<SpanTemplate>?
    private let unmanagedShared: Unmanaged<AttributeSet>?

    /// A span of a template, whose name and attributes are the template's.
    @inline(__always)
    package init(
        _ template: SpanTemplate, context: SpanContext, parent: SpanContext?, kind: TraceSpan.Kind,
        startTime: Timestamp, endTime: Timestamp
    ) {
        self.init(context, parent, kind, startTime, endTime, .passUnretained(template), nil)
    }

    /// A span without a template.
    @inline(__always)
    package init(
        name: String, context: SpanContext, parent: SpanContext?, kind: TraceSpan.Kind, startTime: Timestamp,
        endTime: Timestamp, sharedAttributes: AttributeSet?
    ) {
        self.init(
            context, parent, kind, startTime, endTime, nil, sharedAttributes.map { .passUnretained($0) })
        details = Details(name: name)
    }

    @inline(__always)
    private init(
        _ context: SpanContext, _ parent: SpanContext?, _ kind: TraceSpan.Kind, _ startTime: Timestamp,
        _ endTime: Timestamp, _ template: Unmanaged<SpanTemplate>?, _ shared: Unmanaged<AttributeSet>?
    ) {
        traceID = context.traceID
        spanID = context.spanID
        traceFlags = context.traceFlags
        unmanagedTraceState = context.traceState.storage.map { .passUnretained($0) }
        parentSpanID = parent?.spanID
        isParentRemote = parent?.isRemote ?? false
        self.kind = kind
        self.startTime = startTime
        self.endTime = endTime
        unmanagedTemplate = template
        unmanagedShared = shared
    }
}

// MARK: - Reading

extension EndedSpan {
    /// Whether the span has a tracestate.
    @inline(__always)
    package var hasTraceState: Bool { unmanagedTraceState != nil }

    package var traceState: TraceState { TraceState(unmanagedTraceState?.takeUnretainedValue()) }

    /// Runs `body` with the template, if there is one; its name and attributes are the span's.
    @inline(__always)
    package func withTemplate<Result>(_ body: (SpanTemplate) -> Result) -> Result? {
        unmanagedTemplate?._withUnsafeGuaranteedRef(body)
    }

    /// Runs `body` with the attributes before the span's own: those of the template, or the shared ones.
    @inline(__always)
    package func withSharedAttributes<Result>(_ body: (AttributeSet) -> Result) -> Result? {
        if let unmanagedTemplate { return unmanagedTemplate._withUnsafeGuaranteedRef { body($0.attributes) } }
        return unmanagedShared?._withUnsafeGuaranteedRef(body)
    }

    /// Whether any of the properties below differs from its default.
    @inline(__always)
    package var hasDetails: Bool { details != nil }

    /// The name of a span without a template.
    package var name: String { details?.name ?? "" }
}

// MARK: - Details

extension EndedSpan {
    /// Attributes after the shared ones.
    package var ownAttributes: [Attribute] {
        get { details?.ownAttributes ?? [] }
        set { change { $0.ownAttributes = newValue } }
    }

    package var events: [TraceSpan.Event] {
        get { details?.events ?? [] }
        set { change { $0.events = newValue } }
    }

    /// The links that the span started with, cut to its limit. Links without a meaning may be among packed ones.
    package var links: SpanLinks {
        get { details?.links ?? .none }
        set { change { $0.links = newValue } }
    }

    /// Links added after the start, within all limits.
    package var lateLinks: [TraceSpan.Link] {
        get { details?.lateLinks ?? [] }
        set { change { $0.lateLinks = newValue } }
    }

    package var status: TraceSpan.Status {
        get { details?.status ?? .unset }
        set { change { $0.status = newValue } }
    }

    package var droppedAttributesCount: Int {
        get { details?.droppedAttributesCount ?? 0 }
        set { change { $0.droppedAttributesCount = newValue } }
    }

    package var droppedEventsCount: Int {
        get { details?.droppedEventsCount ?? 0 }
        set { change { $0.droppedEventsCount = newValue } }
    }

    package var droppedLinksCount: Int {
        get { details?.droppedLinksCount ?? 0 }
        set { change { $0.droppedLinksCount = newValue } }
    }

    /// Limits for the attributes of ``links``; `nil` if they are within their limits. All else is within its limits.
    package var limits: SpanLimits? {
        get { details?.limits }
        set { change { $0.limits = newValue } }
    }

    private mutating func change(_ body: (inout Details) -> Void) {
        var changed = details.take() ?? Details()
        body(&changed)
        details = changed
    }
}
