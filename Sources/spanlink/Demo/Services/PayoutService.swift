import TracedAMQP
import TracingCore

extension Demo {
    /// Takes settlements from RabbitMQ in larger batches than they were made in, so that several traces fan in: one span
    /// for each batch, and one acknowledgement.
    func payoutService(_ rabbitmq: DemoRabbitMQ) throws -> some LongRunningPart {
        Payout(
            connection: try rabbitmq.connection("payout", tracing: .core(telemetry.payout)),
            queue: rabbitmq.settlements, maxCount: min(2 * options.batch, options.requests, DemoOptions.maxBatch)
        ) { [options, progress] batch in
            progress.handled(batch.count, by: .payout) { total in
                "payout: \(batch.count) settlements in one span, one ack (\(total) of \(options.requests))"
            }
        }
    }
}

/// A consumer of a queue as a part of a service.
private struct Payout: LongRunningPart {
    let connection: AMQPConnection
    let queue: String
    let maxCount: Int
    let handle: @Sendable (AMQPDeliveryBatch) async throws -> Void

    func run() async throws {
        try await runUntilShutdown {
            try await connection.withChannel { channel in
                try await channel.runBatches(queue: queue, maxCount: maxCount, maxWait: .seconds(3), handle)
            }
        }
    }

    /// No further batch is taken; the one in the handler is finished and acknowledged.
    func beginShutdown() { connection.beginShutdown() }
    func shutdown(timeout: Duration) async { await connection.shutdown(timeout: timeout) }
}
