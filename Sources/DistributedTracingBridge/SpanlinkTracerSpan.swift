#if DistributedTracing
public import Tracing
public import TracingCore

/// A span of the core that was started through swift-distributed-tracing.
public struct SpanlinkTracerSpan: Tracing.Span {
    /// The same span in our own API.
    public let traceSpan: TraceSpan
    public let context: ServiceContext
    private let firstName: String

    init(_ span: TraceSpan, name: String, context: ServiceContext) {
        self.traceSpan = span
        self.firstName = name
        self.context = context
    }

    public var isRecording: Bool { traceSpan.isRecording }

    /// The span's name; a span that was dropped by sampling keeps its first one.
    public var operationName: String {
        get { traceSpan.recorded?.name ?? firstName }
        nonmutating set { traceSpan.updateName(newValue) }
    }

    /// The span's attributes, also those that were set through our own API; none when it was dropped by sampling.
    ///
    /// Setting them replaces all. A value that has no counterpart here reads as text and stays what it is while that text
    /// is not changed.
    public var attributes: SpanAttributes {
        get { traceSpan.recorded.map { SpanAttributes($0.attributes) } ?? [:] }
        nonmutating set {
            guard let recorded = traceSpan.recorded else { return }
            var changed = newValue
            var removed: [String] = []
            for attribute in recorded.attributes {
                guard let value = newValue.get(attribute.key) else {
                    removed.append(attribute.key)
                    continue
                }
                if value == SpanAttribute(attribute.value) { changed.set(attribute.key, value: nil) }
            }
            if !removed.isEmpty { recorded.removeAttributes(removed) }
            if !changed.isEmpty { traceSpan.setAttributes(Attributes(changed)) }
        }
    }

    public func setStatus(_ status: SpanStatus) { traceSpan.setStatus(TraceSpan.Status(status)) }

    public func addEvent(_ event: SpanEvent) {
        guard isRecording else { return }
        traceSpan.addEvent(
            event.name, attributes: Attributes(event.attributes),
            at: Timestamp(nanosecondsSinceEpoch: event.nanosecondsSinceEpoch))
    }

    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard isRecording else { return }
        traceSpan.recordError(
            error, attributes: Attributes(attributes),
            at: Timestamp(nanosecondsSinceEpoch: instant().nanosecondsSinceEpoch))
    }

    public func addLink(_ link: SpanLink) {
        guard isRecording else { return }
        traceSpan.addLink(TraceSpan.Link(link))
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard isRecording else { return }
        traceSpan.end(at: Timestamp(nanosecondsSinceEpoch: instant().nanosecondsSinceEpoch))
    }
}
#endif
