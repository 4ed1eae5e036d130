import MessagingTracing
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// Traces that begin in Python and end here, and the other way round.
@Suite(
    .timeLimit(.minutes(2)), .enabled(if: Broker.isThere, "\(Broker.absence)"),
    .enabled(if: PikaPeer.isAvailable, "\(PikaPeer.absence)"))
struct PikaTests {
    private let memory = MemoryTracing()

    @Test func whatPikaPublishedIsLinkedAndItsBaggageActive() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            let sent = try #require(try await PikaPeer.run("publish", queue).first)
            let delivery = try #require(try await channel.get(queue: queue))
            #expect(delivery.bodyString == "from pika" && delivery.properties.headers["mine"]?.integer == 1)
            try await delivery.process {
                #expect(ActiveContext.current.baggage["tenant"] == "blau&grün")
            }
            try await delivery.ack()
            try expectLinks(of: queue, to: sent)
        }
    }

    @Test func aTraceparentInBytesIsRead() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            let sent = try #require(try await PikaPeer.run("publish-bytes", queue).first)
            let delivery = try #require(try await channel.get(queue: queue))
            guard case .bytes = delivery.properties.headers["traceparent"] else {
                Issue.record("not sent as bytes")
                return
            }
            try await delivery.process {}
            try await delivery.ack()
            try expectLinks(of: queue, to: sent)
        }
    }

    private func expectLinks(of queue: String, to sent: PikaPeer.Span) throws {
        for name in ["receive", "process"] {
            let span = try #require(memory.span("\(name) \(queue)"))
            #expect(span.links.map(\.context.traceID.description) == [sent.trace])
            #expect(span.links.map(\.context.spanID.description) == [sent.span])
        }
    }

    @Test func pikaReadsOurs() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await channel.publish(AMQPMessage(body: "one"), routingKey: queue)
            try await channel.publishBatch([AMQPPublication(AMQPMessage(body: "two"), routingKey: queue)])
            let consumed = try await PikaPeer.run("consume", queue, "2")
            // A single message carries the publish span, one of a batch its create span.
            let carriers = try [
                #require(memory.spans.first { $0.kind == .producer && $0.name == "publish \(queue)" }),
                #require(memory.span("create \(queue)")),
            ]
            #expect(consumed.map(\.trace) == carriers.map(\.context.traceID.description))
            #expect(consumed.map(\.parent) == carriers.map(\.context.spanID.description))
            #expect(consumed.allSatisfy { $0.headers == ["traceparent": "str"] })
        }
    }

    /// A message that would have ended the process of every consumer.
    @Test func whatIsNestedWithoutEndIsReadAsFarAsAnyoneNeeds() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            _ = try await PikaPeer.run("publish-nested", queue)
            let delivery = try #require(try await channel.get(queue: queue))
            #expect(delivery.bodyString == "nested")
            var depth = 0
            var value = try #require(delivery.properties.headers["h"])
            while case .array(let values) = value, let next = values.first { (value, depth) = (next, depth + 1) }
            #expect(depth == 63 && value == .void)
            try await delivery.process {}
            // What is left of it can be sent on.
            try await channel.publish(delivery.message, routingKey: queue)
            try await delivery.ack()
        }
    }
}
