import Foundation
import SpanlinkTelemetry
import TestSupport
import Testing
import TracedAMQP
import TracedKafka

extension StackTests {
    /// 500 messages, one batch, 500 links: through the brokers and the collector of the stack.
    @Suite struct FanInTests {
        private static let count = 500

        /// What the collector and Jaeger have of a batch of `count` messages.
        private func check(producers: (name: String, count: Int), consumer: String) async throws {
            let sent = try await Stack.spans(producers.count) { $0.kind == "PRODUCER" && $0.name == producers.name }
            let batch = try #require(
                try await Stack.spans(1) {
                    $0.kind == "CONSUMER" && $0.name == consumer && $0.links.count == Self.count
                }
                .first)
            #expect(sent.count == producers.count && Set(sent.map(\.traceID)).count == producers.count)
            #expect(Set(batch.links.map(\.spanID)) == Set(sent.map(\.spanID)))
            #expect(batch.parentSpanID == nil && batch.droppedLinksCount == 0)
            // The flags say that these contexts came from elsewhere.
            #expect(batch.links.allSatisfy { $0.flags & 0x300 == 0x300 })
            #expect(try await Stack.references(ofSpan: batch) == Set(sent.map(\.spanID)))
        }

        @Test func kafkaThroughTheCollectorToJaeger() async throws {
            let topic = "orders-\(UUID().uuidString)"
            let telemetry = try Stack.telemetry(topic)
            let producer = try KafkaProducer(
                configuration: .init(bootstrapServers: [Stack.kafka]), tracing: telemetry.backend)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<Self.count {
                    group.addTask {
                        _ = try await producer.send(KafkaRecord(topic: topic, key: "\(index)", value: "order \(index)"))
                    }
                }
                try await group.waitForAll()
            }
            await producer.shutdown()

            let consumer = try KafkaConsumer(
                configuration: .init(bootstrapServers: [Stack.kafka], group: topic, topics: [topic]),
                tracing: telemetry.backend)
            try await consumer.runBatches(maxCount: Self.count, maxWait: .seconds(120)) { batch in
                #expect(batch.count == Self.count)
                #expect(Set(batch.map(\.valueString)) == Set((0..<Self.count).map { "order \($0)" }))
                consumer.beginShutdown()
            }
            await consumer.shutdown()
            await telemetry.shutdown()
            #expect(telemetry.lostSpans.isEmpty)
            try await check(producers: ("send \(topic)", Self.count), consumer: "process \(topic)")
        }

        @Test func amqpThroughTheCollectorToJaeger() async throws {
            let queue = "orders-\(UUID().uuidString)"
            let telemetry = try Stack.telemetry(queue)
            let connection = try AMQPConnection(url: Stack.amqp, tracing: telemetry.backend)
            try await connection.withChannel { channel in
                try await channel.declareQueue(queue)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<Self.count {
                        group.addTask {
                            try await channel.publish(AMQPMessage(body: "order \(index)"), routingKey: queue)
                        }
                    }
                    try await group.waitForAll()
                }
                let batches = channel.batches(queue: queue, maxCount: Self.count, maxWait: .seconds(120))
                    .makeAsyncIterator()
                let batch = try #require(try await batches.next())
                #expect(batch.count == Self.count)
                try await batch.process { _ in
                    #expect(Set(batch.map(\.bodyString)) == Set((0..<Self.count).map { "order \($0)" }))
                }
                try await batch.ack()
                _ = try await channel.deleteQueue(queue)
            }
            await connection.shutdown()
            await telemetry.shutdown()
            #expect(telemetry.lostSpans.isEmpty)
            try await check(producers: ("publish \(queue)", Self.count), consumer: "process \(queue)")
        }
    }
}
