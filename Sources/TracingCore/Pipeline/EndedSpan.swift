/// A span that has ended, as an encoder reads it: borrowed from a ``RecordingSpan``, a ``DeferredSpan`` or a
/// ``SpanData`` for the length of one call.
///
/// References are unretained: the caller of the encoder keeps template, scope and resource alive.
@usableFromInline
package struct EndedSpan: ~Copyable {
    /// The identity of the span.
    package let context: SpanContext
    /// The parent; `nil` for the root of a trace.
    package let parent: SpanContext?
    package let kind: TraceSpan.Kind
    package let startTime: Timestamp
    package let endTime: Timestamp
    /// The name; ignored if there is a template.
    package var name = ""
    /// Attributes in this order: shared ones, own ones, facts. Keys are unique.
    package var ownAttributes: [Attribute] = []
    package var facts = UnsafeBufferPointer<AttributeFact>(start: nil, count: 0)
    package var events: [TraceSpan.Event] = []
    /// The links that the span started with, cut to its limit. Links without a meaning may be among packed ones.
    package var links = SpanLinks.none
    /// Links added after the start, within all limits.
    package var lateLinks: [TraceSpan.Link] = []
    package var status = TraceSpan.Status.unset
    package var droppedAttributesCount = 0
    package var droppedEventsCount = 0
    package var droppedLinksCount = 0
    /// Limits for attributes of ``links``; everything else is within its limits already.
    package var limits: SpanLimits?
    @usableFromInline let unmanagedTemplate: Unmanaged<SpanTemplate>?
    @usableFromInline let unmanagedShared: Unmanaged<AttributeSet>?

    /// A span of a template, whose name and attributes are the template's.
    @inline(__always)
    package init(
        _ template: SpanTemplate, context: SpanContext, parent: SpanContext?, kind: TraceSpan.Kind,
        startTime: Timestamp, endTime: Timestamp
    ) {
        self.context = context
        self.parent = parent
        self.kind = kind
        self.startTime = startTime
        self.endTime = endTime
        unmanagedTemplate = .passUnretained(template)
        unmanagedShared = nil
    }

    /// A span without a template.
    @inline(__always)
    package init(
        name: String, context: SpanContext, parent: SpanContext?, kind: TraceSpan.Kind, startTime: Timestamp,
        endTime: Timestamp, sharedAttributes: AttributeSet?
    ) {
        self.context = context
        self.parent = parent
        self.kind = kind
        self.startTime = startTime
        self.endTime = endTime
        self.name = name
        unmanagedTemplate = nil
        unmanagedShared = sharedAttributes.map { .passUnretained($0) }
    }

    /// The template; its name and attributes are the span's.
    package var template: SpanTemplate? { unmanagedTemplate?.takeUnretainedValue() }

    /// Shared attributes of a span without a template.
    package var sharedAttributes: AttributeSet? { unmanagedShared?.takeUnretainedValue() }

    /// Runs `body` with the template, whose name is the span's, without counting a reference.
    ///
    /// - Returns: `nil` if the span has no template.
    @inlinable @inline(__always)
    package borrowing func withTemplate<Result>(_ body: (SpanTemplate) -> Result) -> Result? {
        guard let unmanagedTemplate else { return nil }
        return unmanagedTemplate._withUnsafeGuaranteedRef(body)
    }

    /// Runs `body` with the attributes of the template or, without one, the shared attributes, without counting a reference.
    ///
    /// - Returns: `nil` if there are none.
    @inlinable @inline(__always)
    package borrowing func withSharedAttributes<Result>(_ body: (AttributeSet) -> Result) -> Result? {
        if let unmanagedTemplate { return unmanagedTemplate._withUnsafeGuaranteedRef { body($0.attributes) } }
        guard let unmanagedShared else { return nil }
        return unmanagedShared._withUnsafeGuaranteedRef(body)
    }
}
