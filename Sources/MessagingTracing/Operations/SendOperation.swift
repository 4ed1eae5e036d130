public import TracingCore

/// The sending of one message, from the call to the broker's answer (conventions, "Send").
///
/// End it exactly once, in every path: ``succeed(partition:position:)`` or ``fail(_:)``. A value; safe to end on any thread.
public struct SendOperation: Sendable {
    /// The send span.
    public let span: TraceSpan
    let channel: MessageChannel
    /// `nil` when nothing is measured: then no thread has to count references to what all messages share.
    let meterProvider: MeterProvider?
    let start: Timestamp
    /// Whether the partition was said when the span started.
    let partitionIsKnown: Bool
    /// Whether any clock needs to be read.
    let isObserved: Bool

    init(
        span: TraceSpan, channel: MessageChannel, meterProvider: MeterProvider?, start: Timestamp,
        partitionIsKnown: Bool, isObserved: Bool
    ) {
        self.span = span
        self.channel = channel
        self.meterProvider = meterProvider
        self.start = start
        self.partitionIsKnown = partitionIsKnown
        self.isObserved = isObserved
    }

    /// Of a message whose sending nobody records.
    @usableFromInline
    init(unobservedTo channel: MessageChannel) {
        self.init(
            span: TraceSpan(propagating: ActiveContext.current.spanContext ?? .invalid), channel: channel,
            meterProvider: nil, start: Timestamp(nanosecondsSinceEpoch: 0), partitionIsKnown: true,
            isObserved: false)
    }

    /// The broker has taken the message.
    ///
    /// - Parameters:
    ///   - partition: where it is, negative if there are none.
    ///   - position: its place there.
    ///   - learned: what became known of the client only now; it is left out when the client said it from the start.
    public func succeed(partition: Int32 = -1, position: Int64? = nil, learned: Attribute? = nil) {
        guard isObserved else { return }
        let end = Timestamp.now
        let instrumentation = channel.instrumentation
        let partitionID =
            partition < 0 || partitionIsKnown
            ? nil : Attribute(MessagingAttribute.destinationPartitionID, .string(PartitionID.text(partition)))
        let place = position.flatMap { position in
            instrumentation.storage.system.positionAttribute(for: .send).map { Attribute($0, .int(position)) }
        }
        span.end(at: end, adding: partitionID, place, learned.flatMap(instrumentation.news))
        if let meterProvider, let series = channel.metrics.series(.send, partition: partition, in: meterProvider) {
            series.messages?.add(1)
            series.duration.record(start.seconds(to: end))
        }
    }

    /// The message was not taken, or it is not known whether it was.
    public func fail(_ failure: OperationFailure, learned: Attribute? = nil) {
        guard isObserved else { return }
        let end = Timestamp.now
        span.end(
            at: end, adding: Attribute(MessagingAttribute.errorType, .string(failure.errorType)),
            learned.flatMap(channel.instrumentation.news),
            status: .error(failure.description))
        guard let meterProvider else { return }
        channel.metrics.record(
            .send, seconds: start.seconds(to: end), messages: 1, failure: failure, in: meterProvider)
    }
}

extension MessagingInstrumentation {
    /// What was learned of the client, unless its spans say so from the start.
    func news(_ learned: Attribute) -> Attribute? { storage.client.attributes.contains(learned.key) ? nil : learned }
}

extension Timestamp {
    /// The seconds from this time to `other`, 0 if that is earlier: what a wall clock that steps back would say.
    func seconds(to other: Timestamp) -> Double {
        other > self ? Double(other.nanosecondsSinceEpoch - nanosecondsSinceEpoch) / 1e9 : 0
    }
}
