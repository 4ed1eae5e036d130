public import MessagingTracing
internal import TracingCore

/// A message that came from a queue. Settle it with ``ack()``, ``nack(requeue:)`` or ``reject(requeue:)``. Safe to use from
/// any thread.
public struct AMQPDelivery: Sendable {
    let storage: DeliveryStorage
    public let channel: MessageChannel
    /// The loop that it came from; nil when it was got.
    let loop: ConsumerLoop?

    init(_ storage: DeliveryStorage, in loop: ConsumerLoop?) {
        self.init(storage, from: storage.messageChannel, in: loop)
    }

    init(_ storage: DeliveryStorage, from channel: MessageChannel, in loop: ConsumerLoop?) {
        self.storage = storage
        self.channel = channel
        self.loop = loop
    }

    private var method: ContentMethod { storage.content.method }

    /// The body.
    public var body: [UInt8] { storage.content.body }
    /// The body as text; bytes that are not UTF-8 are replaced by U+FFFD.
    public var bodyString: String { String(decoding: body, as: UTF8.self) }
    /// What the message says of itself.
    public var properties: AMQPProperties { storage.content.properties }
    /// The message as it came. Published again, its trace context is replaced: it is being forwarded.
    public var message: AMQPMessage { AMQPMessage(body: body, properties: properties) }
    /// The exchange that it was published to; empty for the default exchange.
    public var exchange: String { method.exchange }
    /// The routing key that it was published with.
    public var routingKey: String { method.routingKey }
    /// The queue that it came from.
    public var queue: String { storage.source.queue }
    /// The broker's number for the delivery on its channel.
    public var deliveryTag: UInt64 { method.deliveryTag }
    /// Whether the broker has delivered it before.
    public var redelivered: Bool { method.redelivered }
    /// How often it was delivered before without success, where the queue counts it (a quorum queue); else 0.
    public var deliveryCount: Int { DeliveryHistory.deliveryCount(of: storage.content) }
    /// Where it was dead-lettered, the last time first.
    public var deadLetters: [AMQPDeadLetter] { AMQPDeadLetter.all(in: properties.headers) }
}

/// What the messaging conventions ask of a message, and what settles it later.
extension AMQPDelivery: SettleableMessage {
    public func state(_ facts: inout MessageFacts) {
        facts.position = Int64(exactly: deliveryTag)
        if !routingKey.isEmpty { facts.key = .text(routingKey) }
        facts.messageID = storage.content.properties.messageID
        facts.conversationID = storage.content.properties.correlationID
        // RabbitMQ's time has whole seconds.
        if let seconds = storage.content.properties.timestamp, seconds < UInt64.max / 1_000_000_000 {
            facts.timestamp = Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000)
        }
        if channel.instrumentation.options.recordsSizes { facts.bodySize = storage.content.body.count }
        facts.attributes = DeliveryHistory.attributes(of: storage.content)
    }

    public func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        storage.content.properties.headers.read(read)
    }

    public var settlement: (settler: any MessageSettler, message: SettlingMessage)? {
        (storage.source, SettlingMessage(destination: queue, position: Int64(bitPattern: deliveryTag)))
    }
}

extension AMQPDelivery {
    /// Runs `handler` in a span of its own that links to the publisher, with the message's baggage active. Rethrows what the
    /// handler throws; settles nothing.
    ///
    /// The span is the root of its own trace, unless a span became active after the loop over the deliveries was made, or the
    /// message was got and a span is active. The handler runs in the caller's isolation.
    ///
    /// - Parameter parent: what else the span may be a child of.
    public func process<Result>(
        parent: ConsumerSpanParent = .ownTrace, isolation: isolated (any Actor)? = #isolation,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        try await channel.instrumentation.startProcess(self, parent: parent, in: loop).run(
            isolation: isolation, handler)
    }

    /// The message is done with (`basic.ack`). Returns when that is written; the broker does not answer.
    ///
    /// - Throws: ``AMQPError``: `staleDelivery` when the connection that brought it was lost or the broker closed the channel
    ///   (it delivers it again then), or it was settled before; `closed`.
    public nonisolated(nonsending) func ack() async throws { try await settle(.ack) }

    /// The message cannot be handled (`basic.nack`): it goes back to its queue, or else where the queue sends dead letters.
    ///
    /// - Throws: as ``ack()``.
    public nonisolated(nonsending) func nack(requeue: Bool = true) async throws {
        try await settle(.nack(requeue: requeue))
    }

    /// The same as ``nack(requeue:)`` by AMQP's own method (`basic.reject`).
    ///
    /// - Throws: as ``ack()``.
    public nonisolated(nonsending) func reject(requeue: Bool = false) async throws {
        try await settle(.reject(requeue: requeue))
    }

    nonisolated(nonsending) func settle(_ verdict: SettleCall.Verdict) async throws {
        try await storage.source.settle(verdict, [deliveryTag], from: channel, isBatch: false)
    }
}
