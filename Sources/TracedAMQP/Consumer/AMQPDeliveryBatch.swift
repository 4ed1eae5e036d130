internal import MessagingTracing
internal import TracingCore

/// Deliveries that were taken together, in their order, all over one channel. Settle them with one call.
public struct AMQPDeliveryBatch: Sendable, RandomAccessCollection {
    private let deliveries: [AMQPDelivery]
    private let loop: ConsumerLoop?
    private let links: MessageLinks?
    private let instrumentation: MessagingInstrumentation
    /// What all deliveries have in common: the queue, and the exchange and routing key where they do not differ.
    private let channel: MessageChannel

    /// At least one.
    init(_ storages: [DeliveryStorage], in loop: ConsumerLoop?) {
        deliveries = Self.deliveries(storages, in: loop)
        self.loop = loop
        instrumentation = storages[0].source.core.destinations.instrumentation
        channel = Self.commonChannel(of: deliveries)
        let backend = instrumentation.backend(in: .current)
        if backend.isObserving {
            var builder = MessageLinksBuilder(instrumentation, backend: backend, capacity: deliveries.count)
            for delivery in deliveries { builder.append(delivery) }
            links = builder.build(common: channel)
        } else {
            links = nil
        }
        if let links { instrumentation.countDelivered(links) }
    }

    /// Neighbours mostly were published alike, and then share what is said of that.
    private static func deliveries(_ storages: [DeliveryStorage], in loop: ConsumerLoop?) -> [AMQPDelivery] {
        var deliveries: [AMQPDelivery] = []
        deliveries.reserveCapacity(storages.count)
        for storage in storages {
            let channel = deliveries.last.flatMap { $0.storage.isPublishedLike(storage) ? $0.channel : nil }
            deliveries.append(AMQPDelivery(storage, from: channel ?? storage.messageChannel, in: loop))
        }
        return deliveries
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { deliveries.count }
    public subscript(position: Int) -> AMQPDelivery { deliveries[position] }

    /// Runs `handler` in one span that links to the publishers of all messages. Rethrows what the handler throws; settles
    /// nothing.
    ///
    /// The span is the root of its own trace, unless a span became active after the loop over the batches was made. The
    /// handler runs in the caller's isolation.
    public func process<Result>(
        isolation: isolated (any Actor)? = #isolation, _ handler: (AMQPDeliveryBatch) async throws -> Result
    ) async throws -> Result {
        guard let operation = startProcess() else { return try await handler(self) }
        return try await operation.run(isolation: isolation) { try await handler(self) }
    }

    /// All messages are done with: one `basic.ack` for all, unless earlier deliveries are still open.
    ///
    /// - Throws: as ``AMQPDelivery/ack()``; then none is acknowledged.
    public nonisolated(nonsending) func ack() async throws { try await settle(.ack) }

    /// No message can be handled: all go back to the queue, or else where it sends dead letters.
    ///
    /// - Throws: as ``AMQPDelivery/ack()``.
    public nonisolated(nonsending) func nack(requeue: Bool = true) async throws {
        try await settle(.nack(requeue: requeue))
    }

    private static func commonChannel(of deliveries: [AMQPDelivery]) -> MessageChannel {
        let first = deliveries[0]
        guard !deliveries.allSatisfy({ $0.channel === first.channel }) else { return first.channel }
        return first.storage.source.messageChannel(
            exchange: deliveries.allSatisfy { $0.exchange == first.exchange } ? first.exchange : "",
            routingKey: deliveries.allSatisfy { $0.routingKey == first.routingKey } ? first.routingKey : "")
    }

    func startProcess() -> ProcessOperation? { links.map { instrumentation.startProcess($0, in: loop) } }

    nonisolated(nonsending) func settle(_ verdict: SettleCall.Verdict) async throws {
        // A batch holds deliveries of one consumer; those of an earlier connection make all of it stale.
        let source = deliveries[0].storage.source
        guard deliveries.allSatisfy({ $0.storage.source.epoch == source.epoch }) else {
            throw AMQPError(
                .staleDelivery,
                "The connection that brought some of the batch was lost. The broker delivers those messages again")
        }
        try await source.settle(verdict, deliveries.map { $0.deliveryTag }, from: channel, isBatch: true)
    }
}
