import TestSupport
import Testing
import TracedAMQP

/// Exchanges, queues and bindings on a real broker.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct DeclareTests {
    @Test func whatIsDeclaredIsThereAndGoesAgain() async throws {
        try await Broker.withConnection { connection in
            try await connection.withChannel { channel in
                let (one, other) = (Broker.name("one"), Broker.name("other"))
                try await channel.declareExchange(one, type: .topic)
                try await channel.declareExchange(other, type: .fanout)
                try await channel.bindExchange(other, to: one, routingKey: "a.#")
                let queue = try await channel.declareQueue(exclusive: true)
                #expect(queue.name.hasPrefix("amq.gen-") && queue.messageCount == 0)
                try await channel.bindQueue(queue.name, to: other)
                try await channel.publish(AMQPMessage(body: "1"), exchange: one, routingKey: "a.b", mandatory: true)
                try await channel.unbindExchange(other, from: one, routingKey: "a.#")
                let error = try await #require(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "2"), exchange: one, routingKey: "a.b", mandatory: true)
                }
                #expect(error.code == .noRoute)
                #expect(try await channel.purgeQueue(queue.name) == 1)
                try await channel.unbindQueue(queue.name, from: other)
                #expect(try await channel.deleteQueue(queue.name) == 0)
                try await channel.deleteExchange(one)
                try await channel.deleteExchange(other)
                let missing = try await #require(throws: AMQPError.self) {
                    try await channel.declareQueue(queue.name, passive: true)
                }
                #expect(missing.code == .notFound && missing.replyCode == 404)
            }
        }
    }
}
