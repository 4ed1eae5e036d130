import TestSupport
import Testing

@testable import TracedAMQP

/// Streams keep what is settled: after a lost connection a consumer goes on where it was, as with any queue.
@Suite(.timeLimit(.minutes(2)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct StreamTests {
    private let stream: AMQPTable = ["x-queue-type": "stream"]

    @Test func whatIsNotSettledComesAgain() async throws {
        try await Broker.withQueue(arguments: stream) { direct, queue in
            try await direct.publishBatch(
                (0..<10).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                let deliveries = channel.deliveries(
                    queue: queue, prefetch: 10, arguments: ["x-stream-offset": "first"]
                ).makeAsyncIterator()
                var taken: [AMQPDelivery] = []
                while taken.count < 10 { taken.append(try #require(try await deliveries.next())) }
                #expect(taken.map(\.bodyString) == (0..<10).map(String.init))
                for index in [0, 1, 2, 4, 5] { try await taken[index].ack() }
                proxy.cut()
                var again: [String] = []
                while again.last != "9" {
                    let delivery = try #require(try await deliveries.next())
                    again.append(delivery.bodyString)
                    try await delivery.ack()
                }
                #expect(again == (3..<10).map(String.init))
                // All is settled: the next is the first that comes.
                proxy.cut()
                try await direct.publish(AMQPMessage(body: "10"), routingKey: queue)
                #expect(try await deliveries.next()?.bodyString == "10")
            }
        }
    }

    @Test(arguments: [[:], ["x-stream-offset": "next"]] as [AMQPTable])
    func whatComesDuringAnOutageIsNotMissed(arguments: AMQPTable) async throws {
        try await Broker.withQueue(arguments: stream) { direct, queue in
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                let deliveries = channel.deliveries(queue: queue, arguments: arguments).makeAsyncIterator()
                async let published: Void = {
                    try await eventually("it consumes") {
                        proxy.traffic.count(of: MethodID.basicConsumeOK, .fromBroker) == 1
                    }
                    try await direct.publish(AMQPMessage(body: "first"), routingKey: queue)
                }()
                let delivery = try #require(try await deliveries.next())
                try await published
                #expect(delivery.bodyString == "first")
                try await delivery.ack()
                // Once without a delivery in between.
                proxy.cut()
                try await eventually("it consumes again") {
                    proxy.traffic.count(of: MethodID.basicConsumeOK, .fromBroker) == 2
                }
                proxy.goDown()
                try await direct.publish(AMQPMessage(body: "missed"), routingKey: queue)
                proxy.comeUp()
                try await eventually("it consumes once more") {
                    proxy.traffic.count(of: MethodID.basicConsumeOK, .fromBroker) == 3
                }
                try await direct.publish(AMQPMessage(body: "last"), routingKey: queue)
                #expect(try await deliveries.next()?.bodyString == "missed")
                #expect(try await deliveries.next()?.bodyString == "last")
            }
        }
    }

    /// What came from a stream may be forwarded with its headers.
    @Test func aQueueThatIsNoStreamComesBack() async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection { connection, proxy in
                let deliveries = try await connection.openChannel().deliveries(queue: queue).makeAsyncIterator()
                try await direct.publish(AMQPMessage(body: "x", headers: ["x-stream-offset": 7]), routingKey: queue)
                for isAgain in [false, true, true] {
                    let delivery = try #require(try await deliveries.next())
                    #expect(delivery.bodyString == "x" && delivery.redelivered == isAgain)
                    proxy.cut()
                }
            }
        }
    }
}
