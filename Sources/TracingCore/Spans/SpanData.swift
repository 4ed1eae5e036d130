/// All that was recorded of a span, as exporters and tests read it.
public struct SpanData: Sendable {
    /// The span's name when it ended.
    public var name: String
    /// Its role.
    public var kind: TraceSpan.Kind
    /// What identifies it.
    public var context: SpanContext
    /// Its parent, `nil` for the root of a trace.
    public var parent: SpanContext?
    /// When the operation started.
    public var startTime: Timestamp
    /// When it ended.
    public var endTime: Timestamp
    /// What is known of it.
    public var attributes: Attributes
    /// What happened during it.
    public var events: [TraceSpan.Event]
    /// The spans it refers to, those it started with first.
    public var links: [TraceSpan.Link]
    /// How it ended.
    public var status: TraceSpan.Status
    /// How many attributes were over the limit.
    public var droppedAttributesCount: Int
    /// How many events were over the limit.
    public var droppedEventsCount: Int
    /// How many links were over the limit.
    public var droppedLinksCount: Int
    /// Which library recorded it.
    public var scope: InstrumentationScope
    /// Which service it belongs to.
    public var resource: Resource

    /// A span as an exporter is given it.
    public init(
        name: String, kind: TraceSpan.Kind, context: SpanContext, parent: SpanContext? = nil, startTime: Timestamp,
        endTime: Timestamp, attributes: Attributes = [:], events: [TraceSpan.Event] = [], links: [TraceSpan.Link] = [],
        status: TraceSpan.Status = .unset, droppedAttributesCount: Int = 0, droppedEventsCount: Int = 0,
        droppedLinksCount: Int = 0, scope: InstrumentationScope, resource: Resource
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.startTime = startTime
        self.endTime = endTime
        self.attributes = attributes
        self.events = events
        self.links = links
        self.status = status
        self.droppedAttributesCount = droppedAttributesCount
        self.droppedEventsCount = droppedEventsCount
        self.droppedLinksCount = droppedLinksCount
        self.scope = scope
        self.resource = resource
    }

    /// How long the operation took.
    public var duration: Duration { startTime.duration(to: endTime) }
}
