import MessagingTracing
import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

/// Messages that come again, or by way of a dead-letter exchange: their links still go to who published them, and spans say
/// what the broker says of their way.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct RedeliveryTests {
    private let memory = MemoryTracing()

    /// The context that `publish` said, and what the links of `span` say.
    private func expectLink(_ span: SpanData, toPublishOf queue: String) throws {
        let published = try #require(memory.span("publish \(queue)"))
        #expect(span.links.map(\.context.spanID) == [published.context.spanID])
        #expect(span.links.map(\.context.traceID) == [published.context.traceID])
    }

    private func facts(_ attributes: Attributes) -> [String: AttributeValue] {
        var facts: [String: AttributeValue] = [:]
        for name in [
            MessagingAttribute.redelivered, MessagingAttribute.deliveryCount, MessagingAttribute.deadLetterQueue,
            MessagingAttribute.deadLetterReason, MessagingAttribute.deadLetterCount,
        ] {
            facts[name] = attributes[name]
        }
        return facts
    }

    @Test func aMessageThatWasSentBackSaysSo() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            let deliveries = channel.deliveries(queue: queue).makeAsyncIterator()
            for attempt in 0..<2 {
                let delivery = try #require(try await deliveries.next())
                #expect(delivery.redelivered == (attempt == 1) && delivery.deliveryCount == 0)
                try await delivery.process {}
                if attempt == 0 { try await delivery.nack() } else { try await delivery.ack() }
            }
            let spans = memory.spans.filter { $0.name == "process \(queue)" }
            #expect(spans.map { facts($0.attributes) } == [[:], [MessagingAttribute.redelivered: true]])
            for span in spans { try expectLink(span, toPublishOf: queue) }
        }
    }

    @Test func batchesSayItOnTheLinkOfTheMessage() async throws {
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await channel.publish(AMQPMessage(body: "0"), routingKey: queue)
            try await #require(try await channel.get(queue: queue)).nack()
            try await channel.publish(AMQPMessage(body: "1"), routingKey: queue)
            let batches = channel.batches(queue: queue, maxCount: 2, maxWait: .seconds(60)).makeAsyncIterator()
            let batch = try #require(try await batches.next())
            try await batch.process { _ in }
            let span = try #require(memory.span("process \(queue)"))
            #expect(facts(span.attributes).isEmpty)
            #expect(span.links.map { facts($0.attributes) } == [[MessagingAttribute.redelivered: true], [:]])
            try await batch.ack()
        }
    }

    @Test(arguments: ["rejected", "expired", "maxlen"])
    func aDeadLetterSaysWhereItComesFrom(reason: String) async throws {
        let dead = Broker.name("dead")
        var arguments: AMQPTable = ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": .string(dead)]
        if reason == "expired" { arguments["x-message-ttl"] = 1 }
        if reason == "maxlen" { arguments["x-max-length"] = 0 }
        try await Broker.withQueue(tracing: memory.backend, arguments: arguments) { channel, queue in
            try await channel.declareQueue(dead)
            try await channel.publish(AMQPMessage(body: "x", headers: ["mine": 1]), routingKey: queue)
            if reason == "rejected" { try await #require(try await channel.get(queue: queue)).reject() }
            let deliveries = channel.deliveries(queue: dead).makeAsyncIterator()
            let delivery = try #require(try await deliveries.next())
            try await delivery.process {}
            let letter = try #require(delivery.deadLetters.first)
            #expect(delivery.deadLetters.count == 1)
            #expect(letter.queue == queue && letter.reason == reason && letter.count == 1)
            #expect(letter.exchange == "" && letter.routingKeys == [queue])
            #expect(delivery.properties.headers["mine"] == 1)
            let span = try #require(memory.span("process \(dead)"))
            #expect(
                facts(span.attributes) == [
                    MessagingAttribute.deadLetterQueue: .string(queue),
                    MessagingAttribute.deadLetterReason: .string(reason), MessagingAttribute.deadLetterCount: 1,
                ])
            try expectLink(span, toPublishOf: queue)
            try await delivery.ack()
            try await channel.deleteQueue(dead)
        }
    }

    /// Work, wait in a queue with a time to live, work again: what a service does that tries again later.
    @Test func aRetryLoopCounts() async throws {
        let wait = Broker.name("wait")
        let arguments: AMQPTable = ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": .string(wait)]
        try await Broker.withQueue(tracing: memory.backend, arguments: arguments) { channel, work in
            try await channel.declareQueue(
                wait,
                arguments: [
                    "x-message-ttl": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": .string(work),
                ])
            try await channel.publish(AMQPMessage(body: "x"), routingKey: work)
            let deliveries = channel.deliveries(queue: work).makeAsyncIterator()
            for round in 0..<3 {
                let delivery = try #require(try await deliveries.next())
                let letters = delivery.deadLetters
                #expect(Set(letters.map(\.queue)) == (round == 0 ? [] : [work, wait]))
                #expect(letters.allSatisfy { $0.count == round })
                // The last time it was the wait that ended.
                #expect(letters.first?.reason == (round == 0 ? nil : "expired"))
                try await delivery.process {}
                if round < 2 { try await delivery.reject() } else { try await delivery.ack() }
            }
            let spans = memory.spans.filter { $0.name == "process \(work)" }
            #expect(spans.count == 3)
            for (round, span) in spans.enumerated() {
                #expect(span.attributes[MessagingAttribute.deadLetterCount] == (round == 0 ? nil : .int(round)))
                try expectLink(span, toPublishOf: work)
            }
            try await channel.deleteQueue(wait)
        }
    }
}

/// Headers as RabbitMQ 3 and 4 write them, and as nobody should.
struct DeliveryHistoryTests {
    private func content(_ headers: AMQPTable, redelivered: Bool = false) -> ReceivedContent {
        ReceivedContent(
            method: ContentMethod(kind: .got, redelivered: redelivered, exchange: "", routingKey: "q"),
            properties: AMQPProperties(headers: headers), body: [])
    }

    private func death(_ queue: String, _ reason: String, _ count: Int64) -> AMQPValue {
        ["count": .int64(count), "reason": .string(reason), "queue": .string(queue), "time": .timestamp(1)]
    }

    @Test(arguments: [
        // RabbitMQ 3 says 0 of a first delivery, RabbitMQ 4 nothing or what the publisher wrote.
        (AMQPValue.int64(0), false, 0), (nil, false, 0), (.int64(7), false, 0), (.int64(1), true, 1),
        (.int32(2), true, 2), (nil, true, 0), ("many", true, 0), (.int64(-1), true, 0),
    ])
    func deliveryCounts(value: AMQPValue?, redelivered: Bool, count: Int) {
        var headers: AMQPTable = ["other": 1]
        headers["x-delivery-count"] = value
        #expect(DeliveryHistory.deliveryCount(of: content(headers, redelivered: redelivered)) == count)
    }

    @Test func aFirstDeliveryHasNoHistory() {
        #expect(DeliveryHistory.attributes(of: content([:])) == nil)
        #expect(DeliveryHistory.attributes(of: content(["x-delivery-count": 0])) == nil)
    }

    @Test func theLastDeathIsTheOneThatTheBrokerNames() {
        let deaths: AMQPValue = .array([death("a", "rejected", 2), death("b", "expired", 1)])
        #expect(AMQPDeadLetter.all(in: ["x-death": deaths]).map(\.queue) == ["a", "b"])
        let named: AMQPTable = ["x-death": deaths, "x-last-death-queue": "b", "x-last-death-reason": "expired"]
        #expect(AMQPDeadLetter.all(in: named).map(\.queue) == ["b", "a"])
        let attributes = DeliveryHistory.attributes(of: content(named))
        #expect(attributes?[MessagingAttribute.deadLetterCount] == 1)
        #expect(attributes?[MessagingAttribute.redelivered] == nil)
    }

    @Test(arguments: [
        AMQPValue.string("x"), .array([]), .array([1, .void]), .array([["queue": "q"]]),
        .array([["queue": "q", "reason": "rejected", "count": "many"]]),
    ])
    func whatIsNoDeathIsNone(value: AMQPValue) {
        #expect(AMQPDeadLetter.all(in: ["x-death": value]).isEmpty)
        #expect(DeliveryHistory.attributes(of: content(["x-death": value])) == nil)
    }
}
