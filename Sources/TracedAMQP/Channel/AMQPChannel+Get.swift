internal import MessagingTracing
internal import TracingCore

extension AMQPChannel {
    /// The next message of a queue, or nil when it has none ready (`basic.get`): a pull of the application, with a receive
    /// span. Consuming is far cheaper where messages keep coming.
    ///
    /// - Throws: ``AMQPError``: `notFound`, which closes the channel; `connectionLost`; `closed`.
    public nonisolated(nonsending) func get(queue: String) async throws -> AMQPDelivery? {
        try Limits.check(queue, "queue")
        let start = Timestamp.now
        let core = self.core
        let instrumentation = core.destinations.instrumentation
        func queueChannel() -> MessageChannel {
            core.destinations.channel(
                exchange: "", routingKey: queue, queue: queue, isTemporary: { core.isTemporary(queue: $0) })
        }
        let delivery: AMQPDelivery?
        do {
            if case .message(let content, let epoch) = try await core.call(.get(queue: queue), on: id) {
                let source = DeliverySource(core, channel: id, epoch: epoch, queue: queue)
                delivery = AMQPDelivery(DeliveryStorage(content, source), in: nil)
            } else {
                delivery = nil
            }
        } catch {
            instrumentation.recordReceive(
                nil, from: queueChannel(), since: start, isBatch: false, failure: OperationFailure(error))
            throw error
        }
        let backend = instrumentation.backend(in: .current)
        if backend.isObserving {
            var links: MessageLinks?
            if let delivery {
                var builder = MessageLinksBuilder(instrumentation, backend: backend, capacity: 1)
                builder.append(delivery)
                links = builder.build()
            }
            instrumentation.recordReceive(links, from: queueChannel(), since: start, isBatch: false)
        }
        return delivery
    }
}
