import TestSupport
import Testing

@testable import TracedAMQP

/// A consumer that has its queue alone, after a lost connection of which the broker does not know yet: it takes the earlier
/// consumer for another. Here another it is.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct ExclusiveConsumerTests {
    private struct Consumers {
        let queue: String
        /// On the connection that was cut.
        let channel: AMQPChannel
        let mine: AMQPDeliveries.Iterator
        let theirs: AMQPDeliveries.Iterator
    }

    /// A consumer that comes back while the queue is taken, and what else happens then.
    private func withTakenQueue(
        recoveryTimeout: Duration,
        _ body: (Consumers, CuttableProxy) async throws -> Void
    ) async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection(recoveryTimeout: recoveryTimeout) { connection, proxy in
                let channel = try await connection.openChannel()
                try await direct.publish(AMQPMessage(body: "0"), routingKey: queue)
                let mine = channel.deliveries(queue: queue, exclusive: true).makeAsyncIterator()
                try await #require(try await mine.next()).ack()
                // Answered after the acknowledgement.
                _ = try await channel.declareQueue(queue, passive: true)
                let theirs = try await proxy.holdingAnswers(of: 1) {
                    proxy.cut()
                    try await direct.publish(AMQPMessage(body: "1"), routingKey: queue)
                    var theirs: AMQPDeliveries.Iterator?
                    try await eventually("the queue is taken") {
                        let iterator = direct.deliveries(queue: queue, exclusive: true).makeAsyncIterator()
                        theirs = iterator
                        do { return try await iterator.next() != nil } catch let error as AMQPError {
                            #expect(error.code == .accessRefused)
                            return false
                        }
                    }
                    return try #require(theirs)
                }
                try await body(Consumers(queue: queue, channel: channel, mine: mine, theirs: theirs), proxy)
            }
        }
    }

    @Test func comesBackOnceItsQueueIsFree() async throws {
        try await withTakenQueue(recoveryTimeout: .seconds(100)) { consumers, proxy in
            try await eventually("it was refused twice") {
                proxy.traffic.count(of: MethodID.channelClose, .fromBroker) >= 2
            }
            consumers.theirs.lease.cancel()
            let delivery = try #require(try await consumers.mine.next())
            #expect(delivery.bodyString == "1")
            try await delivery.ack()
            #expect(proxy.accepted == 2)
        }
    }

    @Test func failsWhenItsQueueStaysTaken() async throws {
        try await withTakenQueue(recoveryTimeout: .milliseconds(200)) { consumers, proxy in
            let error = await #expect(throws: AMQPError.self) { _ = try await consumers.mine.next() }
            #expect(error?.code == .accessRefused)
            #expect(error?.message.hasSuffix("in exclusive use. Another consumer has the queue to itself") == true)
        }
    }

    @Test func isTriedNoMoreOnceItHasEnded() async throws {
        try await withTakenQueue(recoveryTimeout: .seconds(100)) { consumers, proxy in
            try await eventually("it was refused") {
                proxy.traffic.count(of: MethodID.channelClose, .fromBroker) >= 1
            }
            consumers.mine.lease.cancel()
            // Answered after that.
            _ = try await consumers.channel.declareQueue(consumers.queue, passive: true)
            let requests = proxy.traffic.count(of: MethodID.basicConsume, .fromClient)
            consumers.theirs.lease.cancel()
            try await eventually("the queue is free") {
                try await consumers.channel.declareQueue(consumers.queue, passive: true).consumerCount == 0
            }
            #expect(proxy.traffic.count(of: MethodID.basicConsume, .fromClient) == requests)
        }
    }
}
