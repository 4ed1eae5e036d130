import SpanlinkRuntime

/// A span of the core that is being recorded; after its end, what processors read.
///
/// One object a span: identity is immutable, everything else lies behind one lock that no call holds for long.
public final class RecordingSpan: Sendable {
    /// What identifies the span.
    public let context: SpanContext
    /// Its parent, `nil` for the root of a trace.
    public let parent: SpanContext?
    /// Its role.
    public let kind: TraceSpan.Kind
    /// When it started.
    public let startTime: Timestamp
    /// Which library records it.
    public let scope: InstrumentationScope
    private let provider: TracerProvider
    private let links: SpanLinks
    private let state: Mutex<State>

    private struct State {
        var name: String
        var attributes: Attributes
        var events: [TraceSpan.Event] = []
        var lateLinks: [TraceSpan.Link] = []
        var linkLimit: Int
        var status = TraceSpan.Status.unset
        var endTime: Timestamp?
        var droppedAttributes: Int
        var droppedEvents = 0
        var droppedLinks: Int
    }

    init(
        name: String, kind: TraceSpan.Kind, context: SpanContext, parent: SpanContext?, attributes: Attributes,
        links: SpanLinks, linkLimit: Int, startTime: Timestamp, scope: InstrumentationScope, provider: TracerProvider
    ) {
        self.context = context
        self.parent = parent
        self.kind = kind
        self.startTime = startTime
        self.scope = scope
        self.provider = provider
        let links = links.meaningful
        self.links = links.limited(to: linkLimit)
        let limited = provider.limits.apply(to: attributes, count: provider.limits.attributeCount)
        self.state = Mutex(
            State(
                name: name, attributes: limited.kept, linkLimit: linkLimit, droppedAttributes: limited.dropped,
                droppedLinks: links.count - self.links.count))
    }

    /// Whether the span has not ended yet.
    public var isRecording: Bool { state.withLock { $0.endTime == nil } }

    /// A rough size in bytes, by which queues bound their memory.
    var estimatedSize: Int {
        state.withLock { state in
            var size = 384 + state.attributes.estimatedSize + links.estimatedSize
            for link in state.lateLinks { size += link.estimatedSize }
            for event in state.events { size += 96 + event.attributes.estimatedSize }
            return size
        }
    }

    /// What was recorded so far; of a span that has ended, all of it.
    public func data() -> SpanData {
        state.withLock { state in
            var links: [TraceSpan.Link] = []
            links.reserveCapacity(self.links.count + state.lateLinks.count)
            for link in self.links where link.isMeaningful { links.append(limited(link)) }
            links.append(contentsOf: state.lateLinks)
            return SpanData(
                name: state.name, kind: kind, context: context, parent: parent, startTime: startTime,
                endTime: state.endTime ?? startTime, attributes: state.attributes, events: state.events, links: links,
                status: state.status, droppedAttributesCount: state.droppedAttributes,
                droppedEventsCount: state.droppedEvents, droppedLinksCount: state.droppedLinks, scope: scope,
                resource: provider.resource)
        }
    }

    private func limited(_ link: TraceSpan.Link) -> TraceSpan.Link {
        var link = link
        (link.attributes, link.droppedAttributesCount) = provider.limits.apply(
            to: link.attributes, count: provider.limits.attributesPerLink)
        return link
    }
}

// MARK: - What a handle does

extension RecordingSpan {
    /// The name as it is now.
    package var name: String { state.withLock { $0.name } }

    /// The attributes as they are now.
    package var attributes: Attributes { state.withLock { $0.attributes } }

    /// Removes attributes.
    package func removeAttributes(_ keys: [String]) {
        state.withLock { state in
            guard state.endTime == nil else { return }
            for key in keys { state.attributes[key] = nil }
        }
    }

    func updateName(_ name: String) {
        state.withLock { if $0.endTime == nil { $0.name = name } }
    }

    func setAttribute(_ key: String, _ value: AttributeValue) {
        state.withLock { if $0.endTime == nil { set(key, value, in: &$0) } }
    }

    func setAttributes(_ attributes: Attributes) {
        state.withLock { state in
            guard state.endTime == nil else { return }
            for attribute in attributes { set(attribute.key, attribute.value, in: &state) }
        }
    }

    func addEvent(_ event: TraceSpan.Event) {
        state.withLock { state in
            guard state.endTime == nil else { return }
            guard state.events.count < provider.limits.eventCount else {
                state.droppedEvents += 1
                return
            }
            var event = event
            (event.attributes, event.droppedAttributesCount) = provider.limits.apply(
                to: event.attributes, count: provider.limits.attributesPerEvent)
            state.events.append(event)
        }
    }

    func addLink(_ link: TraceSpan.Link) {
        guard link.isMeaningful else { return }
        state.withLock { state in
            guard state.endTime == nil else { return }
            if links.count + state.lateLinks.count < state.linkLimit {
                state.lateLinks.append(limited(link))
            } else {
                state.droppedLinks += 1
            }
        }
    }

    func setStatus(_ status: TraceSpan.Status) {
        state.withLock { if $0.endTime == nil { $0.status = $0.status.setting(status) } }
    }

    @usableFromInline
    func end(at time: Timestamp?) { end(at: time, adding: nil, nil, nil, status: .unset) }

    /// Ends the span with attributes whose keys the caller knows to be new.
    func end(
        at time: Timestamp?, adding first: Attribute?, _ second: Attribute?, _ third: Attribute?,
        status: TraceSpan.Status
    ) {
        // A wall clock may step back; a span never ends before it started.
        let end = max(startTime, time ?? .now)
        let droppedLinks: Int? = state.withLock { state in
            guard state.endTime == nil else { return nil }
            if let first { append(first, in: &state) }
            if let second { append(second, in: &state) }
            if let third { append(third, in: &state) }
            state.status = state.status.setting(status)
            state.endTime = end
            return state.droppedLinks
        }
        if let droppedLinks { provider.didEnd(self, droppedLinks: droppedLinks) }
    }

    private func append(_ attribute: Attribute, in state: inout State) {
        if state.attributes.count < provider.limits.attributeCount {
            state.attributes.append(attribute.key, provider.limits.limited(attribute.value))
        } else {
            state.droppedAttributes += 1
        }
    }

    private func set(_ key: String, _ value: AttributeValue, in state: inout State) {
        if state.attributes.count >= provider.limits.attributeCount, state.attributes[key] == nil {
            state.droppedAttributes += 1
        } else {
            state.attributes[key] = provider.limits.limited(value)
        }
    }
}
