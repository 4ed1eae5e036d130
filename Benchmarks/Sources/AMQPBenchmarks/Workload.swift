import BenchmarkSupport
import CAMQPBaseline
import TracedAMQP
import TracingCore

/// A queue of a broker, and the messages that go through it.
struct Workload {
    let url: String
    let queue: String
    let count: Int
    let size: Int
    let lostSpans: LostSpans

    private let publishers = 64
    private var message: AMQPMessage { AMQPMessage(body: [UInt8](repeating: 7, count: size), isPersistent: false) }

    /// Nanoseconds a message of the program in C. Prefetch counts are those that the adapter has by itself.
    func measureC(_ measured: Measured) -> Double {
        let result =
            switch measured {
            case .publishBatches: publishC(traceparent: false, window: 1_000)
            case .publishBatchesSampled: publishC(traceparent: true, window: 1_000)
            case .publishFromTasks: publishC(traceparent: true, window: publishers, isSliding: true)
            case .consumeBatches: amqp_baseline_consume(url, queue, count, 1_000, 500)
            case .consumeOneByOne: amqp_baseline_consume(url, queue, count, 100, 1)
            }
        return result.nanoseconds
    }

    /// Puts the messages into the queue that are to be consumed.
    func fill() { _ = publishC(traceparent: true, window: 1_000) }

    private func publishC(traceparent: Bool, window: Int, isSliding: Bool = false) -> baseline_result {
        amqp_baseline_publish(url, queue, count, Int32(size), traceparent, window, isSliding)
    }

    /// Nanoseconds a message of the adapter.
    func measureSwift(_ measured: Measured) async throws -> Double {
        let tracing: TracingBackend = measured == .publishBatches ? .disabled : .discarding()
        let connection = try AMQPConnection(url: url, tracing: tracing)
        let nanoseconds = try await connection.withChannel { channel in
            // Connecting is not measured.
            if measured.consumes {
                try await channel.declareQueue(queue, passive: true)
            } else {
                try await channel.publish(message, routingKey: queue)
            }
            let time = CPUTime()
            switch measured {
            case .publishBatches, .publishBatchesSampled: try await publishBatches(of: 1_000, channel)
            case .publishFromTasks: try await publishFromTasks(channel)
            case .consumeBatches: try await consumeBatches(of: 500, channel)
            case .consumeOneByOne: try await consumeOneByOne(channel)
            }
            return time.nanoseconds(perMessageOf: count)
        }
        lostSpans.add(tracing)
        await connection.shutdown()
        return nanoseconds
    }

    private func publishBatches(of batch: Int, _ channel: AMQPChannel) async throws {
        let publications = Array(repeating: AMQPPublication(message, routingKey: queue), count: batch)
        for _ in 0..<count / batch { try await channel.publishBatch(publications) }
    }

    private func publishFromTasks(_ channel: AMQPChannel) async throws {
        let message = self.message
        try await withThrowingDiscardingTaskGroup { group in
            for index in 0..<publishers {
                // Together as many as are to be published.
                let share = count / publishers + (index < count % publishers ? 1 : 0)
                group.addTask {
                    for _ in 0..<share { try await channel.publish(message, routingKey: queue) }
                }
            }
        }
    }

    private func consumeBatches(of batch: Int, _ channel: AMQPChannel) async throws {
        var taken = 0
        var bytes = 0
        for try await batch in channel.batches(queue: queue, maxCount: batch, maxWait: .seconds(1)) {
            try await batch.process { deliveries in
                for delivery in deliveries { bytes += delivery.body.count }
            }
            try await batch.ack()
            taken += batch.count
            if taken >= count { break }
        }
        precondition(bytes == taken * size)
    }

    private func consumeOneByOne(_ channel: AMQPChannel) async throws {
        var taken = 0
        var bytes = 0
        for try await delivery in channel.deliveries(queue: queue) {
            try await delivery.process {
                bytes += delivery.body.count
                try await delivery.ack()
            }
            taken += 1
            if taken >= count { break }
        }
        precondition(bytes == taken * size)
    }
}
