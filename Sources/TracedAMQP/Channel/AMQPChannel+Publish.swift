internal import MessagingTracing
internal import TracingCore

extension AMQPChannel {
    /// Publishes a message and waits until the broker has taken it (publisher confirms).
    ///
    /// The span of the publishing ends with the answer; the current trace goes into the message's headers. While the broker
    /// takes no messages it waits, without limit. Cancellation of the task changes nothing: the answer is waited for.
    ///
    /// - Parameters:
    ///   - exchange: empty for the default exchange, which routes to the queue that `routingKey` names.
    ///   - mandatory: whether a message that reaches no queue comes back, and throws `noRoute`.
    /// - Throws: ``AMQPError``: `noRoute`; `nack` when the broker refused it; `notFound` for an exchange that does not exist,
    ///   which closes the channel; `outcomeUnknown` when the connection or, over something else, the channel was lost before
    ///   the answer; `invalidArgument`;
    ///   `connectionFailed`; `closed`.
    public nonisolated(nonsending) func publish(
        _ message: AMQPMessage, exchange: String = "", routingKey: String, mandatory: Bool = false
    ) async throws {
        let socket = PublishingSocket(halves, orElse: core)
        var outgoing = try prepare(message, exchange, routingKey, for: socket.core)
        let operation = outgoing.channel.instrumentation.startSend(&outgoing)
        let (sent, frameSize) = (outgoing.message, outgoing.headerFrameSize)
        // Resumed once, by whatever ends the call.
        let error = await withUnsafeContinuation { continuation in
            socket.submit(
                CollectionOfOne(
                    PublishCall(
                        sent, headerFrameSize: frameSize, exchange: exchange, routingKey: routingKey,
                        mandatory: mandatory, on: halves, .task(continuation, operation))))
        }
        if let error { throw error }
    }

    /// Publishes messages, all of which are on their way before the first answer is waited for.
    ///
    /// Each has a create span of its own and one span of the publishing links to all (``MessagingTracing/MessagingTracingOptions/createSpans``).
    ///
    /// - Throws: ``AMQPBatchError`` when any was not taken; ``AMQPError`` with `invalidArgument`, and nothing was sent.
    public nonisolated(nonsending) func publishBatch(_ publications: [AMQPPublication]) async throws {
        guard !publications.isEmpty else { return }
        let socket = PublishingSocket(halves, orElse: core)
        var outgoing: [OutgoingAMQPMessage] = []
        outgoing.reserveCapacity(publications.count)
        for publication in publications {
            outgoing.append(
                try prepare(
                    publication.message, publication.exchange, publication.routingKey, for: socket.core,
                    after: outgoing.last))
        }
        let operation = socket.core.destinations.instrumentation.startBatchSend(&outgoing)
        let messages = outgoing
        let failures = await withUnsafeContinuation { continuation in
            let group = PublishGroup(count: messages.count, operation, continuation)
            socket.submit(
                publications.indices.map { index in
                    let publication = publications[index]
                    return PublishCall(
                        messages[index].message, headerFrameSize: messages[index].headerFrameSize,
                        exchange: publication.exchange, routingKey: publication.routingKey,
                        mandatory: publication.mandatory, on: halves, .batch(group, index: index))
                })
        }
        if !failures.isEmpty { throw AMQPBatchError(failures: failures) }
    }

    /// - Parameter previous: the message before in a batch: mostly it goes to the same place.
    private func prepare(
        _ message: AMQPMessage, _ exchange: String, _ routingKey: String, for core: ConnectionCore,
        after previous: OutgoingAMQPMessage? = nil
    ) throws -> OutgoingAMQPMessage {
        try Limits.check(exchange, "exchange")
        try Limits.check(routingKey, "routing key")
        let maxFrameSize = core.maxFrameSize
        let size = try Limits.check(message.properties, maxFrameSize: maxFrameSize)
        let channel: MessageChannel
        if let previous, previous.exchange == exchange, previous.routingKey == routingKey {
            channel = previous.channel
        } else {
            channel = core.destinations.channel(
                exchange: exchange, routingKey: routingKey, isTemporary: { self.core.isTemporary(queue: $0) })
        }
        return OutgoingAMQPMessage(
            message: message, exchange: exchange, routingKey: routingKey, channel: channel, headerFrameSize: size,
            maxFrameSize: maxFrameSize)
    }
}

/// One message of several that are published in one call.
public struct AMQPPublication: Sendable, Hashable {
    /// The message.
    public var message: AMQPMessage
    /// Where to; empty for the default exchange.
    public var exchange: String
    /// By which the exchange routes.
    public var routingKey: String
    /// Whether a message that reaches no queue comes back as `noRoute`.
    public var mandatory: Bool

    /// A message and where it goes.
    public init(_ message: AMQPMessage, exchange: String = "", routingKey: String, mandatory: Bool = false) {
        self.message = message
        self.exchange = exchange
        self.routingKey = routingKey
        self.mandatory = mandatory
    }
}

/// Messages of a batch that were not taken, or of which it is not known; all others were.
public struct AMQPBatchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, by the message's position in the call.
    public var failures: [Int: AMQPError]

    public var description: String {
        let first = failures.min { $0.key < $1.key }
        return "\(failures.count) messages were not taken; the first: "
            + (first.map { "message \($0.key), \($0.value)" } ?? "none")
    }
}
