import TracedAMQP
import TracingCore

extension Demo {
    /// Takes settlements from RabbitMQ in larger batches than they were made in, so that several traces fan in: one span
    /// for each batch, and one acknowledgement.
    func payoutService(_ rabbitmq: DemoRabbitMQ) throws -> [any LifecycleComponent] {
        let amqp = try rabbitmq.connection("payout", tracing: .core(telemetry.payout))
        let maxCount = min(2 * options.batch, options.requests, DemoOptions.maxBatch)
        let payOut = AMQPBatchService(amqp, queue: rabbitmq.settlements, maxCount: maxCount, maxWait: options.maxWait) {
            [options, progress] batch in
            progress.handled(batch.count, by: .payout) { total in
                "payout: \(batch.count) settlements in one span, one ack (\(total) of \(options.requests))"
            }
        }
        return [amqp, payOut]
    }
}
