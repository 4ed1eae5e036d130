import SpanlinkRuntime

/// A span of the core that is being recorded; after its end, the span that processors read.
///
/// One object a span: identity is immutable, everything else is behind one lock that no call holds for long. Safe from any
/// thread.
public final class RecordingSpan: Sendable {
    /// The identity of the span.
    public let context: SpanContext
    /// Its parent; `nil` for the root of a trace.
    public let parent: SpanContext?
    /// Its role.
    public let kind: TraceSpan.Kind
    /// The library that records it.
    public let scope: InstrumentationScope
    private let start: SpanInstant
    private let provider: TracerProvider
    private let template: SpanTemplate?
    private let links: SpanLinks
    private let state: Mutex<State>

    private struct State {
        var phase = Phase.recording
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

        var hasDropped: Bool { droppedAttributes > 0 || droppedEvents > 0 || droppedLinks > 0 }

        /// Whether the calling thread may write.
        var isWritable: Bool {
            switch phase {
            case .recording: true
            case .ending(let thread): thread == ThreadIdentity.current
            case .ended: false
            }
        }
    }

    private enum Phase {
        case recording
        /// Processors are told of the end. Only the thread that ends the span may write.
        case ending(ThreadIdentity)
        case ended
    }

    /// The template's name and attributes, if there is one, are the same as `name` and the base of `attributes`.
    init(
        name: String, kind: TraceSpan.Kind, context: SpanContext, parent: SpanContext?, attributes: Attributes,
        links: SpanLinks, linkLimit: Int, start: SpanInstant, scope: InstrumentationScope, provider: TracerProvider,
        template: SpanTemplate? = nil
    ) {
        self.context = context
        self.parent = parent
        self.kind = kind
        self.start = start
        self.scope = scope
        self.provider = provider
        self.template = template
        let links = links.meaningful
        self.links = links.limited(to: linkLimit).limited(by: provider.limits)
        let limited = provider.limits.apply(to: attributes, count: provider.limits.attributeCount)
        self.state = Mutex(
            State(
                name: name, attributes: limited.kept, linkLimit: linkLimit, droppedAttributes: limited.dropped,
                droppedLinks: links.count - self.links.count))
    }

    /// The start of the span.
    public var startTime: Timestamp { start.time }

    /// The resource of the span.
    package var resource: SharedResource { provider.sharedResource }

    /// Whether the span has not ended yet.
    public var isRecording: Bool { state.withLock { $0.isWritable } }

    /// A rough size in bytes, by which queues bound their memory.
    var estimatedSize: Int {
        state.withLock { state in
            var size = 384 + state.attributes.estimatedSize + links.estimatedSize
            for link in state.lateLinks { size += link.estimatedSize }
            for event in state.events { size += 96 + event.attributes.estimatedSize }
            return size
        }
    }

    /// Everything that was recorded so far; of a span that has ended, all of it.
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

    /// Lends the span to an encoder. The span is locked meanwhile.
    package func withEndedSpan<Result>(_ body: (borrowing EndedSpan, SpanOrigin) -> Result) -> Result {
        state.withLock { state in
            let shared = state.attributes.sharedSet
            let isOfTemplate =
                template.map { shared === $0.attributes && state.name == $0.name } ?? false
            let details = EndedSpan.Details(
                name: state.name, ownAttributes: state.attributes.ownElements, events: state.events, links: links,
                lateLinks: state.lateLinks, status: state.status, droppedAttributesCount: state.droppedAttributes,
                droppedEventsCount: state.droppedEvents, droppedLinksCount: state.droppedLinks,
                limits: links.count > 0 && links.mayExceed(provider.limits) ? provider.limits : nil)
            let span = EndedSpan(
                details, template: isOfTemplate ? template : nil, context: context, parent: parent, kind: kind,
                startTime: startTime, endTime: state.endTime ?? startTime, sharedAttributes: shared)
            return body(
                span, SpanOrigin(scope: .passUnretained(scope), resource: provider.unmanagedResource))
        }
    }

    private func limited(_ link: TraceSpan.Link) -> TraceSpan.Link { provider.limits.limited(link) }
}

// MARK: - Writing

extension RecordingSpan {
    /// The name as it is now.
    package var name: String { state.withLock { $0.name } }

    /// The attributes as they are now.
    package var attributes: Attributes { state.withLock { $0.attributes } }

    /// Removes attributes.
    package func removeAttributes(_ keys: [String]) {
        state.withLock { state in
            guard state.isWritable else { return }
            for key in keys { state.attributes[key] = nil }
        }
    }

    func updateName(_ name: String) {
        state.withLock { if $0.isWritable { $0.name = name } }
    }

    func setAttribute(_ key: String, _ value: AttributeValue) {
        state.withLock { if $0.isWritable { set(key, value, in: &$0) } }
    }

    func setAttributes(_ attributes: Attributes) {
        state.withLock { state in
            guard state.isWritable else { return }
            for attribute in attributes { set(attribute.key, attribute.value, in: &state) }
        }
    }

    func addEvent(_ event: TraceSpan.Event) {
        state.withLock { state in
            guard state.isWritable else { return }
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
            guard state.isWritable else { return }
            if links.count + state.lateLinks.count < state.linkLimit {
                state.lateLinks.append(limited(link))
            } else {
                state.droppedLinks += 1
            }
        }
    }

    func setStatus(_ status: TraceSpan.Status) {
        state.withLock { if $0.isWritable { $0.status = $0.status.setting(status) } }
    }

    @usableFromInline
    func end(at time: Timestamp?) { end(at: time, adding: nil, nil, nil, status: .unset) }

    /// Ends the span with attributes whose keys the caller knows to be new.
    func end(
        at time: Timestamp?, adding first: Attribute?, _ second: Attribute?, _ third: Attribute?,
        status: TraceSpan.Status
    ) {
        // A time of the caller may be earlier than the start; a span never ends before it started.
        let end = time.map { max(startTime, $0) } ?? start.end
        let isFirst = state.withLock { state in
            guard case .recording = state.phase else { return false }
            if let first { append(first, in: &state) }
            if let second { append(second, in: &state) }
            if let third { append(third, in: &state) }
            state.status = state.status.setting(status)
            state.endTime = end
            state.phase = provider.announcesEnds ? .ending(.current) : .ended
            return true
        }
        guard isFirst else { return }
        if provider.announcesEnds {
            provider.isEnding(self)
            state.withLock { $0.phase = .ended }
        }
        provider.didEnd(self, droppedLinks: state.withLock { $0.droppedLinks })
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
