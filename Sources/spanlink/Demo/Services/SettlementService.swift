import TracedAMQP
import TracedKafka
import TracingCore

extension Demo {
    /// Takes orders in batches, one span for each batch, linked to all its requests. Sends a settlement for each order to
    /// RabbitMQ meanwhile, in the same trace, and commits the batch when RabbitMQ has confirmed all of them.
    func settlementService(_ kafka: DemoKafka, _ rabbitmq: DemoRabbitMQ?) async throws -> [any LifecycleComponent] {
        let backend = TracingBackend.core(telemetry.settlement)
        let consumer = try KafkaConsumer(
            configuration: kafka.consumer("settlement", onAssignment: { [progress] in progress.isReady(.settlement) }),
            tracing: backend)
        let amqp = try rabbitmq?.connection("settlement", tracing: backend)
        let channel = try await amqp?.openChannel()

        let settle = KafkaBatchService(consumer, maxCount: options.batch, maxWait: options.maxWait) {
            [options, progress] batch in
            if let channel, let rabbitmq {
                try await channel.publishBatch(
                    batch.map { order in
                        AMQPPublication(
                            AMQPMessage(body: "settled: \(order.valueString ?? "")"), routingKey: rabbitmq.settlements,
                            mandatory: true)
                    })
            }
            progress.handled(batch.count, by: .settlement) { total in
                "settlement: \(batch.count) orders in one span (\(total) of \(options.requests))"
            }
        }
        if let amqp { return [amqp, settle] }
        return [settle]
    }
}
