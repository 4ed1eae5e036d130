import MessagingTracing
import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

/// Confirmed publishes: what arrives, what comes back, what is refused.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct PublishTests {
    @Test func aMessageArrivesAsItWasSent() async throws {
        try await Broker.withQueue { channel, queue in
            let properties = AMQPProperties(
                contentType: "text/plain", contentEncoding: "utf-8", headers: ["a": "b"], isPersistent: true,
                priority: 3,
                correlationID: "c", replyTo: "r", expiration: "60000", messageID: "m", timestamp: 1_700_000_000,
                type: "t", userID: Broker.user, appID: "app")
            let message = AMQPMessage(body: [0, 1, 255], properties: properties)
            try await channel.publish(message, routingKey: queue)
            let delivery = try #require(try await channel.get(queue: queue))
            #expect(delivery.body == [0, 1, 255])
            var arrived = delivery.properties
            let traceparent = arrived.headers["traceparent"]
            arrived.headers["traceparent"] = nil
            #expect(arrived == properties)
            #expect(traceparent?.text?.count == 55)
            #expect(delivery.routingKey == queue && delivery.exchange == "" && !delivery.redelivered)
            try await delivery.ack()
            #expect(try await channel.get(queue: queue) == nil)
        }
    }

    @Test(arguments: [0, 1, 131_064, 131_065, 3_000_000])
    func bodiesOfAnySize(size: Int) async throws {
        try await Broker.withQueue { channel, queue in
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await channel.publish(AMQPMessage(body: body), routingKey: queue)
            let delivery = try #require(try await channel.get(queue: queue))
            #expect(delivery.body == body)
            try await delivery.ack()
        }
    }

    @Test func aMandatoryMessageWithoutQueueThrowsNoRoute() async throws {
        try await Broker.withQueue { channel, queue in
            let error = try await #require(throws: AMQPError.self) {
                try await channel.publish(AMQPMessage(body: "x"), routingKey: Broker.name("nowhere"), mandatory: true)
            }
            #expect(error.code == .noRoute && error.replyCode == 312 && error.replyText == "NO_ROUTE")
            // Nothing is wrong with the channel.
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue, mandatory: true)
            try await channel.publish(AMQPMessage(body: "x"), routingKey: Broker.name("nowhere"))
        }
    }

    /// The broker takes `BCC` out of what it sends back.
    @Test func aReturnIsRecognisedWithoutItsBCC() async throws {
        try await Broker.withQueue { channel, _ in
            let error = await #expect(throws: AMQPError.self) {
                try await channel.publish(
                    AMQPMessage(body: "x", headers: ["BCC": ["nobody"]]), routingKey: Broker.name("nowhere"),
                    mandatory: true)
            }
            #expect(error?.code == .noRoute)
        }
    }

    @Test func aFullQueueThatRejectsThrowsNack() async throws {
        let arguments: AMQPTable = ["x-max-length": 1, "x-overflow": "reject-publish"]
        try await Broker.withQueue(arguments: arguments) { channel, queue in
            try await channel.publish(AMQPMessage(body: "1"), routingKey: queue)
            let error = try await #require(throws: AMQPError.self) {
                for _ in 0..<10 { try await channel.publish(AMQPMessage(body: "2"), routingKey: queue) }
            }
            #expect(error.code == .nack)
        }
    }

    @Test func aMissingExchangeClosesTheChannelWithTheBrokersText() async throws {
        try await Broker.withConnection { connection in
            try await connection.withChannel { channel in
                let exchange = Broker.name("missing")
                let error = try await #require(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "x"), exchange: exchange, routingKey: "")
                }
                #expect(error.code == .notFound && error.replyText?.contains(exchange) == true)
                let later = try await #require(throws: AMQPError.self) { try await channel.declareQueue() }
                #expect(later.code == .notFound)
            }
            // The connection is as good as before.
            try await connection.withChannel { _ = try await $0.declareQueue(exclusive: true) }
        }
    }

    @Test func whatWasRoutedBeforeTheBrokerClosedTheChannelIsNotSaidToHaveFailed() async throws {
        try await Broker.withQueue { other, queue in
            let missing = Broker.name("missing")
            let channel = try await other.connection.openChannel()
            let error = try await #require(throws: AMQPBatchError.self) {
                try await channel.publishBatch(
                    (0..<1_000).map {
                        AMQPPublication(
                            AMQPMessage(body: "\($0)"), exchange: $0 == 500 ? missing : "", routingKey: queue)
                    })
            }
            // What follows the message that the broker refused, it drops.
            #expect((500..<1_000).allSatisfy { error.failures[$0]?.code == .notFound })
            let before = error.failures.filter { $0.key < 500 }.values
            #expect(before.allSatisfy { $0.code == .outcomeUnknown && $0.replyCode == 404 })
            #expect(before.allSatisfy { $0.replyText?.contains(missing) == true })
            try await eventually("all before it have arrived") {
                try await other.declareQueue(queue, passive: true).messageCount == 500
            }
        }
    }

    @Test func aRequestThatClosesTheChannelLeavesItsMessagesUnknown() async throws {
        try await Broker.withQueue { other, queue in
            try await CuttableProxy.withConnection(separatesPublishing: false) { connection, proxy in
                let channel = try await connection.openChannel()
                async let declared = #expect(throws: AMQPError.self) {
                    try await eventually("messages are on their way") { proxy.traffic.publishes > 0 }
                    try await channel.declareQueue(queue, arguments: ["x-max-length": 7])
                }
                var failures: [AMQPError] = []
                do {
                    try await channel.publishBatch(
                        (0..<2_000).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
                } catch let error as AMQPBatchError {
                    failures = Array(error.failures.values)
                }
                #expect(await declared?.code == .preconditionFailed)
                #expect(failures.allSatisfy { $0.code == .outcomeUnknown && $0.replyCode == 406 })
            }
        }
    }

    /// Whatever else waits for an answer, the broker says which method it did not like.
    @Test func theErrorSaysWhatFailedAndNotWhatWaitedFirst() async throws {
        try await CuttableProxy.withConnection(separatesPublishing: false) { connection, proxy in
            let channel = try await connection.openChannel()
            let queue = try await channel.declareQueue(exclusive: true).name
            try await channel.publish(AMQPMessage(body: "0"), routingKey: queue)
            let errors = try await proxy.holdingAnswers(of: 0) {
                async let published = #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "1"), exchange: Broker.name("missing"), routingKey: "")
                }
                try await eventually("the message has passed") { proxy.traffic.publishes == 2 }
                async let declared = #expect(throws: AMQPError.self) { try await channel.declareQueue(exclusive: true) }
                try await eventually("so has the request") {
                    proxy.traffic.count(of: MethodID.queueDeclare, .fromClient) == 2
                }
                try await eventually("the broker's close is held") { proxy.isHolding }
                proxy.passHeldAnswer()
                return await (published, declared)
            }
            for error in [errors.0, errors.1] {
                #expect(error?.code == .notFound && error?.message.hasPrefix("Publishing: NOT_FOUND") == true)
            }
        }
    }

    /// Our close and the broker's pass each other: it answers ours, and means no channel that has the number since.
    @Test func aCloseThatCrossesTheBrokersIsForgotten() async throws {
        try await CuttableProxy.withConnection(separatesPublishing: false) { connection, proxy in
            let channel = try await connection.openChannel()
            try await channel.publish(AMQPMessage(body: "0"), routingKey: Broker.name("nowhere"))
            let opens = proxy.traffic.count(of: MethodID.channelOpen, .fromClient)
            let next = try await proxy.holdingAnswers(of: 0) {
                async let published = #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "1"), exchange: Broker.name("missing"), routingKey: "")
                }
                try await eventually("the broker's close is held") { proxy.isHolding }
                let closed = Task { await channel.close() }
                try await eventually("our close has passed") {
                    proxy.traffic.count(of: MethodID.channelClose, .fromClient) == 1
                }
                proxy.passHeldAnswer()
                await closed.value
                #expect(await published?.code == .notFound)
                let next = Task { try await connection.openChannel() }
                try await eventually("its number is used again") {
                    proxy.traffic.count(of: MethodID.channelOpen, .fromClient) == opens + 1
                }
                return next
            }
            try await next.value.declareQueue(exclusive: true)
            #expect(proxy.accepted == 1)
        }
    }

    @Test func aBatchIsConfirmedAndSaysWhichMessagesWereNot() async throws {
        try await Broker.withQueue { channel, queue in
            let nowhere = Broker.name("nowhere")
            let publications = (0..<1_000).map {
                AMQPPublication(
                    AMQPMessage(body: "\($0)"), routingKey: $0 % 100 == 7 ? nowhere : queue, mandatory: true)
            }
            let error = try await #require(throws: AMQPBatchError.self) { try await channel.publishBatch(publications) }
            #expect(error.failures.keys.sorted() == stride(from: 7, to: 1_000, by: 100).map { $0 })
            #expect(error.failures.values.allSatisfy { $0.code == .noRoute })
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 990)
        }
    }
}
