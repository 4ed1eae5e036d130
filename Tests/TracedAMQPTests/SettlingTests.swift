import MessagingTracing
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// What an acknowledgement settles and what its span says: one `multiple` for a batch, and never for a message that was not
/// meant.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct SettlingTests {
    private let memory = MemoryTracing()

    private struct Failure: Error {}

    /// Makes a queue bound to a topic exchange for everything, and fills it by way of these routing keys.
    private func withTopic(
        _ keys: [String], _ body: (AMQPChannel, _ exchange: String, _ queue: String) async throws -> Void
    ) async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            let exchange = Broker.name("orders")
            try await channel.declareExchange(exchange, type: .topic)
            try await channel.bindQueue(queue, to: exchange, routingKey: "#")
            for key in keys { try await channel.publish(AMQPMessage(body: key), exchange: exchange, routingKey: key) }
            try await body(channel, exchange, queue)
            try await channel.deleteExchange(exchange)
        }
    }

    @Test func spansOfABatchSayWhatItsMessagesShare() async throws {
        try await withTopic(["eu.new", "us.new"]) { channel, exchange, queue in
            let batches = channel.batches(queue: queue, maxCount: 2, maxWait: .seconds(60)).makeAsyncIterator()
            let batch = try #require(try await batches.next())
            try await batch.process { try await $0.ack() }
            let process = try #require(memory.span("process \(exchange):\(queue)"))
            #expect(process.attributes[MessagingAttribute.destinationName] == .string("\(exchange):\(queue)"))
            #expect(process.attributes[MessagingAttribute.rabbitmqRoutingKey] == nil)
            #expect(
                process.links.map { $0.attributes[MessagingAttribute.destinationName] }
                    == ["\(exchange):eu.new:\(queue)", "\(exchange):us.new:\(queue)"].map { .string($0) })
            #expect(
                process.links.map { $0.attributes[MessagingAttribute.rabbitmqRoutingKey] } == ["eu.new", "us.new"])
            let ack = try #require(memory.span("ack \(exchange):\(queue)"))
            #expect(ack.attributes[MessagingAttribute.batchMessageCount] == 2)
            #expect(ack.attributes[MessagingAttribute.destinationName] == .string("\(exchange):\(queue)"))
            #expect(ack.attributes[MessagingAttribute.rabbitmqDeliveryTag] == nil)
            #expect(ack.parent?.spanID == process.context.spanID)
        }
    }

    @Test func aBatchWithOneKeySaysItOnTheSpan() async throws {
        try await withTopic(["eu.new", "eu.new"]) { channel, exchange, queue in
            let batches = channel.batches(queue: queue, maxCount: 2, maxWait: .seconds(60)).makeAsyncIterator()
            let batch = try #require(try await batches.next())
            try await batch.process { try await $0.ack() }
            #expect(memory.span("process \(exchange):eu.new:\(queue)") != nil)
            #expect(memory.span("ack \(exchange):eu.new:\(queue)") != nil)
        }
    }

    /// A window over the same consumer: the first message's handler fails, the later ones are acknowledged together.
    @Test func anAcknowledgementNeverCoversAMessageThatFailed() async throws {
        try await withTopic(["0", "1", "2", "3"]) { channel, _, queue in
            var failed = MessageBatch()
            var handled = MessageBatch()
            do {
                let deliveries = channel.deliveries(queue: queue).makeAsyncIterator()
                for index in 0..<4 {
                    let delivery = try #require(try await deliveries.next())
                    if index == 0 { failed.append(delivery) } else { handled.append(delivery) }
                }
                await #expect(throws: Failure.self) { try await failed.process { throw Failure() } }
                try await handled.process("settle window") {}
                try await handled.settle()
                // Settled before: the whole call is refused, and nothing goes out.
                let again = await #expect(throws: AMQPError.self) { try await handled.settle() }
                #expect(again?.code == .staleDelivery)
            }
            let span = try #require(memory.span("settle window"))
            #expect(span.links.count == 3)
            let ack = try #require(memory.span("ack \(queue)"))
            #expect(ack.attributes[MessagingAttribute.batchMessageCount] == 3)
            #expect(ack.attributes[MessagingAttribute.destinationName] == .string(queue))
            // The one that failed is still held; it comes again after its channel.
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
            try await failed.settle()
            #expect(try await channel.deleteQueue(queue) == 0)
        }
    }

    @Test func whatOthersHoldIsNotSettled() async throws {
        try await withTopic(["0", "1", "2"]) { channel, _, queue in
            let other = try await channel.connection.openChannel()
            let held = try #require(try await other.get(queue: queue))
            do {
                let batches = channel.batches(queue: queue, maxCount: 2, maxWait: .seconds(60)).makeAsyncIterator()
                let batch = try #require(try await batches.next())
                #expect(batch.map(\.bodyString) == ["1", "2"])
                try await batch.ack()
            }
            await other.close()
            var back: AMQPDelivery?
            try await eventually("what was not settled is back") {
                back = try await channel.get(queue: queue)
                return back != nil
            }
            #expect(back?.bodyString == held.bodyString)
            try await back?.ack()
            #expect(try await channel.get(queue: queue) == nil)
        }
    }
}
