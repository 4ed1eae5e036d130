import MessagingTracing
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// Quorum queues and their delivery limit, on RabbitMQ 3.10 and later.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct QuorumQueueTests {
    private let memory = MemoryTracing()

    @Test func aDeliveryIsCountedAndTheLimitDeadLetters() async throws {
        let dead = Broker.name("dead")
        let arguments: AMQPTable = [
            "x-queue-type": "quorum", "x-delivery-limit": 2, "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": .string(dead),
        ]
        try await Broker.withQueue(tracing: memory.backend, arguments: arguments) { channel, queue in
            try await channel.declareQueue(dead)
            // What a publisher says of the count is not believed.
            try await channel.publish(
                AMQPMessage(body: "x", headers: ["x-delivery-count": 99, "mine": 1]), routingKey: queue)
            let deliveries = channel.deliveries(queue: queue, prefetch: 1).makeAsyncIterator()
            for attempt in 0...2 {
                let delivery = try #require(try await deliveries.next())
                #expect(delivery.deliveryCount == attempt && delivery.redelivered == (attempt > 0))
                try await delivery.process {}
                try await delivery.nack()
            }
            let letters = channel.deliveries(queue: dead).makeAsyncIterator()
            let delivery = try #require(try await letters.next())
            try await delivery.process {}
            let letter = try #require(delivery.deadLetters.first)
            #expect(letter.queue == queue && letter.reason == "delivery_limit" && letter.count == 1)
            #expect(delivery.properties.headers["mine"] == 1)
            try await delivery.ack()
            try await channel.deleteQueue(dead)

            let attempts = memory.spans.filter { $0.name == "process \(queue)" }
            #expect(attempts.map { $0.attributes[MessagingAttribute.deliveryCount] } == [nil, 1, 2])
            let last = try #require(memory.span("process \(dead)"))
            #expect(last.attributes[MessagingAttribute.deadLetterReason] == "delivery_limit")
            let published = try #require(memory.span("publish \(queue)"))
            for span in attempts + [last] {
                #expect(span.links.map(\.context.spanID) == [published.context.spanID])
            }
        }
    }

    @Test func batchesAreAcknowledgedAtOnce() async throws {
        try await Broker.withQueue(
            tracing: memory.backend, arguments: ["x-queue-type": "quorum"]
        ) { channel, queue in
            try await channel.publishBatch(
                (0..<100).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
            let batches = channel.batches(queue: queue, maxCount: 50, maxWait: .seconds(60)).makeAsyncIterator()
            var seen: [String] = []
            while seen.count < 100, let batch = try await batches.next() {
                seen += batch.map(\.bodyString)
                try await batch.process { _ in }
                try await batch.ack()
            }
            #expect(Set(seen).count == 100 && seen.count == 100)
            let spans = memory.spans.filter { $0.name == "process \(queue)" }
            #expect(spans.map(\.links.count).reduce(0, +) == 100)
        }
    }

    @Test func aFailedBatchComesAgainAndSaysSo() async throws {
        struct Failure: Error {}
        try await Broker.withQueue(
            tracing: memory.backend, arguments: ["x-queue-type": "quorum"]
        ) { channel, queue in
            try await channel.publishBatch(
                (0..<5).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
            await #expect(throws: Failure.self) {
                try await channel.runBatches(queue: queue, maxCount: 5, maxWait: .seconds(60)) { _ in throw Failure() }
            }
            let batches = channel.batches(queue: queue, maxCount: 5, maxWait: .seconds(60)).makeAsyncIterator()
            let batch = try #require(try await batches.next())
            #expect(batch.count == 5 && batch.allSatisfy { $0.redelivered && $0.deliveryCount == 1 })
            try await batch.process { _ in }
            let span = try #require(memory.spans.last { $0.name == "process \(queue)" })
            #expect(span.links.allSatisfy { $0.attributes[MessagingAttribute.deliveryCount] == 1 })
            try await batch.ack()
        }
    }
}
