internal import MessagingTracing
internal import TracingCore

/// The channel of one connection that deliveries came over: what settles them. After a reconnect there is another, and what
/// came over this one can be settled no more.
///
/// What a handler did with messages (``MessageSettler/handling(of:succeeded:)``) is nothing to it: a `multiple` that the ledger
/// gives covers what it was asked to settle and no other delivery, so that it cannot pass one that failed.
final class DeliverySource: MessageSettler {
    let core: ConnectionCore
    let channel: ChannelID
    let epoch: UInt64
    let queue: String
    /// Whether a consumer's channel has to hear when nobody can settle any more.
    private let isConsumers: Bool

    init(_ core: ConnectionCore, channel: ChannelID, epoch: UInt64, queue: String, isConsumers: Bool = false) {
        self.core = core
        self.channel = channel
        self.epoch = epoch
        self.queue = queue
        self.isConsumers = isConsumers
    }

    deinit { if isConsumers { core.submit(ReleaseDeliveries(of: channel, epoch: epoch)) } }

    func settle(_ messages: [SettlingMessage]) async throws {
        // What was published where is not known of the messages any more; the queue is theirs in common.
        try await settle(
            .ack, messages.map { UInt64(bitPattern: $0.position) },
            from: messageChannel(exchange: "", routingKey: ""), isBatch: true)
    }

    /// Settles deliveries and says so in a span.
    nonisolated(nonsending) func settle(
        _ verdict: SettleCall.Verdict, _ tags: [UInt64], from channel: MessageChannel, isBatch: Bool
    ) async throws {
        guard !tags.isEmpty else { return }
        var facts = MessageFacts()
        if tags.count == 1 { facts.position = Int64(exactly: tags[0]) }
        let operation = channel.instrumentation.startSettle(
            verdict.name, from: channel, facts, messageCount: isBatch ? tags.count : nil)
        let error = await withUnsafeContinuation { (continuation: UnsafeContinuation<AMQPError?, Never>) in
            core.submit(
                SettleCall(verdict, tags, epoch: epoch, on: self.channel) { continuation.resume(returning: $0) })
        }
        guard let error else { return operation.succeed() }
        operation.fail(OperationFailure(error))
        throw error
    }

    /// What is said of messages that were published there and came from the queue.
    func messageChannel(exchange: String, routingKey: String) -> MessageChannel {
        core.destinations.channel(
            exchange: exchange, routingKey: routingKey, queue: queue, isTemporary: { core.isTemporary(queue: $0) })
    }
}

extension SettleCall.Verdict {
    /// AMQP's word for it.
    var name: String {
        switch self {
        case .ack: "ack"
        case .nack: "nack"
        case .reject: "reject"
        }
    }
}

/// One delivery, shared by all its copies.
final class DeliveryStorage: Sendable {
    let content: ReceivedContent
    let source: DeliverySource

    init(_ content: ReceivedContent, _ source: DeliverySource) {
        self.content = content
        self.source = source
    }

    /// What is said of where it was published and came from.
    var messageChannel: MessageChannel {
        source.messageChannel(exchange: content.method.exchange, routingKey: content.method.routingKey)
    }

    /// Whether another one came from the same place and was published to the same one.
    func isPublishedLike(_ other: DeliveryStorage) -> Bool {
        source === other.source && content.method.exchange == other.content.method.exchange
            && content.method.routingKey == other.content.method.routingKey
    }
}
