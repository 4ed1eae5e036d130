import TestSupport
import Testing
import TracedAMQP

/// Messages go over a socket of their own, and a channel is one thing all the same.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct PublishingSocketTests {
    @Test(arguments: [true, false])
    func thePublishingSocketIsMadeWithTheFirstMessage(separates: Bool) async throws {
        try await CuttableProxy.withConnection(separatesPublishing: separates) { connection, proxy in
            try await connection.withChannel { channel in
                let queue = try await channel.declareQueue(exclusive: true).name
                #expect(try await channel.get(queue: queue) == nil)
                #expect(proxy.accepted == 1)
                try await channel.publish(AMQPMessage(body: "1"), routingKey: queue, mandatory: true)
                try await connection.withChannel {
                    try await $0.publish(AMQPMessage(body: "2"), routingKey: queue, mandatory: true)
                }
                #expect(proxy.accepted == (separates ? 2 : 1))
                for body in ["1", "2"] {
                    let delivery = try #require(try await channel.get(queue: queue))
                    #expect(delivery.bodyString == body)
                    try await delivery.ack()
                }
            }
        }
    }

    @Test func aPublishThatClosesTheChannelClosesAllOfIt() async throws {
        try await Broker.withQueue { other, queue in
            try await other.publish(AMQPMessage(body: "x"), routingKey: queue)
            let channel = try await other.connection.openChannel()
            let got = try #require(try await channel.get(queue: queue))
            let missing = Broker.name("missing")
            for _ in 0..<2 {
                let error = await #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "x"), exchange: missing, routingKey: "")
                }
                #expect(error?.code == .notFound && error?.replyText?.contains(missing) == true)
            }
            let declared = await #expect(throws: AMQPError.self) {
                try await channel.declareQueue(queue, passive: true)
            }
            #expect(declared?.code == .notFound && declared?.replyText?.contains(missing) == true)
            // What it had got goes back, as with any channel that the broker closes.
            let stale = await #expect(throws: AMQPError.self) { try await got.ack() }
            #expect(stale?.code == .staleDelivery)
            try await eventually("the message is back") { try await other.get(queue: queue) != nil }
        }
    }

    @Test func aRequestThatClosesTheChannelClosesAllOfIt() async throws {
        try await Broker.withQueue { other, queue in
            let (used, unused) = (try await other.connection.openChannel(), try await other.connection.openChannel())
            // What is on its way is confirmed or told so, whatever becomes of the other half.
            try await used.publish(AMQPMessage(body: "1"), routingKey: queue)
            for channel in [used, unused] {
                await #expect(throws: AMQPError.self) { try await channel.declareQueue(queue, durable: false) }
                let error = await #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "2"), routingKey: queue)
                }
                #expect(error?.code == .preconditionFailed)
                await channel.close()
            }
            #expect(try await other.declareQueue(queue, passive: true).messageCount == 1)
        }
    }

    @Test func whatIsOnItsWayIsConfirmedWhenTheOtherHalfFails() async throws {
        try await Broker.withConnection { direct in
            let queue = Broker.name("test")
            let observer = try await direct.openChannel()
            try await observer.declareQueue(queue)
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.publish(AMQPMessage(body: "0"), routingKey: queue)
                let before = proxy.traffic.publishes
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Of the socket for publishing, the second.
                    try await proxy.holdingAnswers(of: 1) {
                        group.addTask { try await channel.publish(AMQPMessage(body: "1"), routingKey: queue) }
                        try await eventually("the message has passed") { proxy.traffic.publishes > before }
                        await #expect(throws: AMQPError.self) {
                            try await channel.declareQueue(queue, arguments: ["x-max-length": 7])
                        }
                        let error = await #expect(throws: AMQPError.self) {
                            try await channel.publish(AMQPMessage(body: "2"), routingKey: queue)
                        }
                        #expect(error?.code == .preconditionFailed)
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await observer.deleteQueue(queue) == 2)
        }
    }

    @Test func aClosedChannelPublishesNoMore() async throws {
        try await Broker.withQueue { other, queue in
            for hasPublished in [false, true] {
                let channel = try await other.connection.openChannel()
                if hasPublished { try await channel.publish(AMQPMessage(body: "1"), routingKey: queue) }
                await channel.close()
                let error = await #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "2"), routingKey: queue)
                }
                #expect(error?.code == .closed)
            }
            #expect(try await other.declareQueue(queue, passive: true).messageCount == 1)
        }
    }

    /// Either socket may be lost alone, and both: what was declared is there before a message is confirmed.
    @Test(arguments: [[0], [1], [0, 1]])
    func noMessageIsConfirmedBeforeItsQueueIsBack(lost: [Int]) async throws {
        try await CuttableProxy.withConnection { connection, proxy in
            let channel = try await connection.openChannel()
            let queue = try await channel.declareQueue(exclusive: true).name
            let exchange = Broker.name("exchange")
            try await channel.declareExchange(exchange, type: .fanout, autoDelete: true)
            try await channel.bindQueue(queue, to: exchange)
            try await channel.publish(AMQPMessage(body: "0"), exchange: exchange, routingKey: "", mandatory: true)
            for number in lost { proxy.cut(number) }
            try await eventually("what was lost is back") { proxy.accepted == 2 + lost.count }
            try await channel.publish(AMQPMessage(body: "1"), exchange: exchange, routingKey: "", mandatory: true)
        }
    }
}
