import Foundation
import MessagingTracing
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// The worked examples of the conventions, with the real adapter on a real broker: whole span sets with whole attribute sets,
/// from the exported JSON lines.
@Suite(
    .serialized, .bothSpanPaths, .enabled(if: SharedFiles.available, "\(SharedFiles.absence)"),
    .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct AMQPGoldenTests {
    @Test func everyCaseIsHere() throws {
        #expect(
            try GoldenExample.ids(runBy: "amqp").sorted() == [
                "rabbit_anonymous_queue", "rabbit_default_exchange_get_nack", "rabbit_publish_consume_ack",
            ])
    }

    @Test func publishConsumeAck() async throws {
        let tracing = FileTracing()
        var tag: UInt64 = 0
        try await Broker.withConnection(tracing: tracing.backend) { connection in
            try await connection.withChannel { channel in
                try await channel.declareExchange("direct_logs")
                try await channel.declareQueue("my_queue")
                try await channel.bindQueue("my_queue", to: "direct_logs", routingKey: "warning")
                try await channel.purgeQueue("my_queue")
                try await channel.publish(
                    AMQPMessage(body: "disk full", messageID: "m1", correlationID: "c1"), exchange: "direct_logs",
                    routingKey: "warning")
                let deliveries = channel.deliveries(queue: "my_queue").makeAsyncIterator()
                let delivery = try #require(try await deliveries.next())
                tag = delivery.deliveryTag
                try await delivery.process { try await delivery.ack() }
                try await channel.deleteQueue("my_queue")
                try await channel.deleteExchange("direct_logs")
            }
        }
        var example = try GoldenExample("rabbit_publish_consume_ack")
        try example.say(tag: tag, of: tracing)
        let differences = try example.differences(from: tracing.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test func defaultExchangeGetNack() async throws {
        let tracing = FileTracing()
        var tag: UInt64 = 0
        try await Broker.withConnection(tracing: tracing.backend) { connection in
            try await connection.withChannel { channel in
                try await channel.declareQueue("jobs")
                try await channel.purgeQueue("jobs")
                try await channel.publish(AMQPMessage(body: "job"), routingKey: "jobs")
                let delivery = try #require(try await channel.get(queue: "jobs"))
                tag = delivery.deliveryTag
                try await delivery.nack(requeue: false)
                // A queue without messages has no span.
                #expect(try await channel.get(queue: "jobs") == nil)
                try await channel.deleteQueue("jobs")
            }
        }
        var example = try GoldenExample("rabbit_default_exchange_get_nack")
        try example.say(tag: tag, of: tracing)
        let differences = try example.differences(from: tracing.spans())
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test func anonymousQueue() async throws {
        let (tracing, publishers) = (FileTracing(), FileTracing())
        var tag: UInt64 = 0
        var name = ""
        try await Broker.withConnection(tracing: tracing.backend) { connection in
            try await connection.withChannel { channel in
                name = try await channel.declareQueue(autoDelete: true).name
                try await Broker.withConnection(tracing: publishers.backend) { publisher in
                    try await publisher.withChannel { try await $0.publish(AMQPMessage(body: "x"), routingKey: name) }
                }
                let deliveries = channel.deliveries(queue: name).makeAsyncIterator()
                let delivery = try #require(try await deliveries.next())
                tag = delivery.deliveryTag
                try await delivery.process {}
                // Settled by the end of the connection: a span of its own is not what the example is about.
                try await channel.deleteQueue(name)
            }
        }
        var example = try GoldenExample("rabbit_anonymous_queue")
        try example.say(tag: tag, of: tracing)
        example["C"].attributes["messaging.destination.name"] = .string(name)
        example["C"].attributes["messaging.rabbitmq.destination.routing_key"] = .string(name)
        let sent = try #require(try publishers.spans().first)
        #expect(sent.name == "publish")
        let differences = try example.differences(
            from: tracing.spans(), outside: ["P": (sent.traceID, sent.spanID)])
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }
}

extension GoldenExample {
    /// Applies what the test knows, where the example has a placeholder.
    mutating func say(tag: UInt64, of tracing: FileTracing) throws {
        let configuration = try AMQPConnection.Configuration(url: Broker.url!)
        // The host's name may have several addresses.
        let peers = try tracing.spans().compactMap { $0.attributes["network.peer.address"] }
        for peer in peers { #expect(Broker.addresses.contains(peer.description.trimmingCharacters(in: ["\""]))) }
        var known: [String: JSONValue] = [
            "server.address": .string(configuration.host), "server.port": .int(Int64(configuration.port)),
            "network.peer.port": .int(Int64(configuration.port)),
            "messaging.rabbitmq.message.delivery_tag": .int(Int64(tag)),
        ]
        known["network.peer.address"] = peers.first
        for span in spans {
            for (key, value) in known where span.attributes[key] != nil { self[span.ref].attributes[key] = value }
        }
    }
}
