public import TracingCore

/// The sending of one message, from the call to the broker's answer (conventions, "Send").
///
/// End it exactly once, on every path: ``succeed(partition:position:learned:)`` or ``fail(_:learned:)``. A value; safe to end
/// on any thread.
public struct SendOperation: Sendable {
    /// The send span, recorded at the end.
    @usableFromInline let span: DeferredSpan
    let channel: MessageChannel
    let facts: RetainedFacts?
    let links: SpanLinks
    /// `nil` if nothing is measured: then no thread has to count references to objects that all messages share.
    let meterProvider: MeterProvider?

    init(
        span: DeferredSpan, channel: MessageChannel, facts: RetainedFacts?, links: SpanLinks,
        meterProvider: MeterProvider?
    ) {
        self.span = span
        self.channel = channel
        self.facts = facts
        self.links = links
        self.meterProvider = meterProvider
    }

    /// The sending of a message that is not recorded.
    @usableFromInline
    init(unobservedTo channel: MessageChannel) {
        self.init(
            span: DeferredSpan(propagating: ActiveContext.current.spanContext ?? .invalid), channel: channel,
            facts: nil, links: .none, meterProvider: nil)
    }

    /// The identity of the send span.
    public var spanContext: SpanContext { span.context }

    /// The broker has taken the message.
    ///
    /// - Parameters:
    ///   - partition: the partition of the message, negative if there are none.
    ///   - position: the place of the message there.
    ///   - learned: a fact about the client that became known only now; left out if the client has it from the start.
    public func succeed(partition: Int32 = -1, position: Int64? = nil, learned: Attribute? = nil) {
        guard let facts else { return }
        let end = span.start.end
        record(at: end, status: .unset) { list in
            let attributes = MessageAttributes(instrumentation: channel.instrumentation, operation: .send)
            if facts.partition < 0 { attributes.append(partition: partition, to: &list) }
            if facts.position == nil, let position { attributes.append(position: position, to: &list) }
            append(learned, to: &list)
        }
        if let meterProvider, let series = channel.metrics.series(.send, partition: partition, in: meterProvider) {
            series.messages?.add(1, context: span.context)
            series.duration.record(span.start.time.seconds(to: end), context: span.context)
        }
    }

    /// The message was not taken, or it is not known whether it was.
    public func fail(_ failure: OperationFailure, learned: Attribute? = nil) {
        guard facts != nil else { return }
        let end = span.start.end
        record(at: end, status: .error(failure.description)) { list in
            list.append(MessagingKey.errorType, failure.errorType)
            append(learned, to: &list)
        }
        guard let meterProvider else { return }
        channel.metrics.record(
            .send, seconds: span.start.time.seconds(to: end), messages: 1, failure: failure, context: span.context,
            in: meterProvider)
    }

    private func record(
        at end: Timestamp, status: TraceSpan.Status, _ lateAttributes: (inout AttributeFacts) -> Void
    ) {
        let instrumentation = channel.instrumentation
        span.end(
            channel.operation(.send), at: end, links: links, status: status,
            attributes: { list in
                guard let facts else { return }
                MessageAttributes(instrumentation: instrumentation, operation: .send).append(facts, to: &list)
            }, lateAttributes: lateAttributes)
    }

    private func append(_ learned: Attribute?, to list: inout AttributeFacts) {
        if let learned, let new = channel.instrumentation.news(learned) { _ = list.append(new) }
    }
}

extension MessagingInstrumentation {
    /// The learned fact, unless the client's spans have it from the start.
    func news(_ learned: Attribute) -> Attribute? { storage.client.attributes.contains(learned.key) ? nil : learned }
}

extension Timestamp {
    /// The seconds from this time to `other`, 0 if that is earlier.
    func seconds(to other: Timestamp) -> Double {
        other > self ? Double(other.nanosecondsSinceEpoch - nanosecondsSinceEpoch) / 1e9 : 0
    }
}
