import MessagingTracing
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// Routing keys that are many, as one name in spans and metrics.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct DestinationTemplateTests {
    @Test func spansAndMetricsSayTheTemplate() async throws {
        let memory = MemoryTracing()
        var configuration = try AMQPConnection.Configuration(url: Broker.url!)
        configuration.destinationTemplate = { exchange, routingKey, queue in
            guard exchange == "amq.topic" else { return nil }
            return queue == nil ? "amq.topic:orders.{id}" : "amq.topic:orders.{id}:{queue}"
        }
        let connection = try AMQPConnection(configuration: configuration, tracing: memory.backend)
        try await connection.withChannel { channel in
            let queue = try await channel.declareQueue(exclusive: true).name
            let family = Broker.name("orders")
            try await channel.bindQueue(queue, to: "amq.topic", routingKey: "\(family).*")
            for id in 0..<3 {
                try await channel.publish(
                    AMQPMessage(body: "\(id)"), exchange: "amq.topic", routingKey: "\(family).\(id)", mandatory: true)
            }
            let batches = channel.batches(queue: queue, maxCount: 3, maxWait: .seconds(60)).makeAsyncIterator()
            let batch = try #require(try await batches.next())
            try await batch.process { _ in }
            try await batch.ack()

            let published = memory.spans.filter { $0.name == "publish amq.topic:orders.{id}" }
            #expect(
                published.map { $0.attributes[MessagingAttribute.destinationName] }
                    == (0..<3).map { .string("amq.topic:\(family).\($0)") })
            #expect(
                published.allSatisfy {
                    $0.attributes[MessagingAttribute.destinationTemplate] == "amq.topic:orders.{id}"
                })
            let sent = memory.metrics.points(named: "messaging.client.sent.messages")
            #expect(sent.count == 1)
            #expect(
                sent.first?.attributes[MessagingAttribute.destinationTemplate] == "amq.topic:orders.{id}"
                    && sent.first?.attributes[MessagingAttribute.destinationName] == nil)
            let processed = try #require(memory.span("process amq.topic:orders.{id}:{queue}"))
            #expect(processed.attributes[MessagingAttribute.destinationTemplate] == "amq.topic:orders.{id}:{queue}")
        }
        await connection.shutdown()
    }
}
