/// A span that has ended, as an encoder reads it: borrowed from a ``RecordingSpan``, a ``DeferredSpan`` or a
/// ``SpanData`` for the length of one call.
///
/// Plain data but for ``Details``, which few spans have: making one counts no references. The caller of the encoder keeps
/// template, attribute set and tracestate alive.
@usableFromInline
package struct EndedSpan: ~Copyable {
    /// The parts that a span of a template without failure, events and links does not have.
    package struct Details: ~Copyable {
        /// The name of a span without a template.
        package var name = ""
        /// Attributes after the shared ones.
        package var ownAttributes: [Attribute] = []
        package var events: [TraceSpan.Event] = []
        /// The links that the span started with, cut to its limit. Links without a meaning may be among packed ones.
        package var links = SpanLinks.none
        /// Links added after the start, within all limits.
        package var lateLinks: [TraceSpan.Link] = []
        package var status = TraceSpan.Status.unset
        package var droppedAttributesCount = 0
        package var droppedEventsCount = 0
        package var droppedLinksCount = 0
        /// Limits for the attributes of ``links``; `nil` if they are within their limits. All else is within its limits.
        package var limits: SpanLimits?

        @inline(__always)
        package init(
            name: String = "", ownAttributes: [Attribute] = [], events: [TraceSpan.Event] = [],
            links: SpanLinks = .none, lateLinks: [TraceSpan.Link] = [], status: TraceSpan.Status = .unset,
            droppedAttributesCount: Int = 0, droppedEventsCount: Int = 0, droppedLinksCount: Int = 0,
            limits: SpanLimits? = nil
        ) {
            self.name = name
            self.ownAttributes = ownAttributes
            self.events = events
            self.links = links
            self.lateLinks = lateLinks
            self.status = status
            self.droppedAttributesCount = droppedAttributesCount
            self.droppedEventsCount = droppedEventsCount
            self.droppedLinksCount = droppedLinksCount
            self.limits = limits
        }
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
    /// `nil` if all of its properties would have their defaults. To read several of them, read this once.
    package var details: Details?
    @usableFromInline let unmanagedTraceState: Unmanaged<TraceStateStorage>?
    @usableFromInline let unmanagedTemplate: Unmanaged<SpanTemplate>?
    @usableFromInline let unmanagedShared: Unmanaged<AttributeSet>?

    /// A span of a template, whose name and attributes are the template's.
    @inline(__always)
    package init(
        _ template: SpanTemplate, context: SpanContext, parent: SpanContext?, kind: TraceSpan.Kind,
        startTime: Timestamp, endTime: Timestamp
    ) {
        self.init(context, parent, kind, startTime, endTime, .passUnretained(template), nil)
    }

    /// A span of a template if there is one, otherwise of shared attributes.
    @inline(__always)
    package init(
        _ details: consuming Details, template: SpanTemplate?, context: SpanContext, parent: SpanContext?,
        kind: TraceSpan.Kind,
        startTime: Timestamp, endTime: Timestamp, sharedAttributes: AttributeSet?
    ) {
        self.init(
            context, parent, kind, startTime, endTime, template.map { .passUnretained($0) },
            sharedAttributes.map { .passUnretained($0) })
        self.details = consume details
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
    @inlinable @inline(__always)
    package var hasTraceState: Bool { unmanagedTraceState != nil }

    package var traceState: TraceState { TraceState(unmanagedTraceState?.takeUnretainedValue()) }

    /// Runs `body` with the template, if there is one; its name and attributes are the span's.
    @inlinable @inline(__always)
    package func withTemplate<Result>(_ body: (SpanTemplate) -> Result) -> Result? {
        unmanagedTemplate?._withUnsafeGuaranteedRef(body)
    }

    /// Runs `body` with the attributes before the span's own: those of the template, or the shared ones.
    @inlinable @inline(__always)
    package func withSharedAttributes<Result>(_ body: (AttributeSet) -> Result) -> Result? {
        if let unmanagedTemplate { return unmanagedTemplate._withUnsafeGuaranteedRef { body($0.attributes) } }
        return unmanagedShared?._withUnsafeGuaranteedRef(body)
    }

    /// The name of a span without a template.
    package var name: String { read({ $0.name }, otherwise: "") }
}

// MARK: - Details

extension EndedSpan {
    /// Attributes after the shared ones.
    package var ownAttributes: [Attribute] {
        get { read({ $0.ownAttributes }, otherwise: []) }
        set { change { $0.ownAttributes = newValue } }
    }

    package var events: [TraceSpan.Event] {
        get { read({ $0.events }, otherwise: []) }
        set { change { $0.events = newValue } }
    }

    /// The links that the span started with, cut to its limit. Links without a meaning may be among packed ones.
    package var links: SpanLinks {
        get { read({ $0.links }, otherwise: .none) }
        set { change { $0.links = newValue } }
    }

    /// Links added after the start, within all limits.
    package var lateLinks: [TraceSpan.Link] {
        get { read({ $0.lateLinks }, otherwise: []) }
        set { change { $0.lateLinks = newValue } }
    }

    package var status: TraceSpan.Status {
        get { read({ $0.status }, otherwise: .unset) }
        set { change { $0.status = newValue } }
    }

    package var droppedAttributesCount: Int {
        get { read({ $0.droppedAttributesCount }, otherwise: 0) }
        set { change { $0.droppedAttributesCount = newValue } }
    }

    package var droppedEventsCount: Int {
        get { read({ $0.droppedEventsCount }, otherwise: 0) }
        set { change { $0.droppedEventsCount = newValue } }
    }

    package var droppedLinksCount: Int {
        get { read({ $0.droppedLinksCount }, otherwise: 0) }
        set { change { $0.droppedLinksCount = newValue } }
    }

    /// Limits for the attributes of ``links``; `nil` if they are within their limits. All else is within its limits.
    package var limits: SpanLimits? {
        get { read({ $0.limits }, otherwise: nil) }
        set { change { $0.limits = newValue } }
    }

    private borrowing func read<Value>(
        _ value: (borrowing Details) -> Value, otherwise defaultValue: @autoclosure () -> Value
    ) -> Value {
        switch details {
        case .some(let details): value(details)
        case .none: defaultValue()
        }
    }

    private mutating func change(_ body: (inout Details) -> Void) {
        var changed = details.take() ?? Details()
        body(&changed)
        details = consume changed
    }
}
