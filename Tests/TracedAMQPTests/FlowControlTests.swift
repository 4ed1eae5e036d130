import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// How much is on its way at once.
@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct FlowControlTests {
    @Test func aBatchIsOnTheWireBeforeTheFirstConfirm() async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.publish(AMQPMessage(body: "first"), routingKey: queue)
                let done = Counter()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    try await proxy.holdingAnswers(of: 1) {
                        group.addTask {
                            try await channel.publishBatch(
                                (0..<1_000).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
                            done.increment()
                        }
                        try await eventually("all have passed") { proxy.traffic.publishes == 1_001 }
                        #expect(done.value == 0)
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await direct.declareQueue(queue, passive: true).messageCount == 1_001)
        }
    }

    @Test func aSlowConsumerHoldsNoMoreThanItsPrefetchCount() async throws {
        try await Broker.withQueue { direct, queue in
            try await direct.publishBatch(
                (0..<3_000).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: queue) })
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                let deliveries = channel.deliveries(queue: queue, prefetch: 100).makeAsyncIterator()
                for index in 0..<3_000 {
                    let delivery = try #require(try await deliveries.next())
                    #expect(delivery.bodyString == "\(index)")
                    if index == 0 {
                        // So slow that the broker has sent what it may: the rest is ready for others.
                        try await eventually("the broker has sent all that it may") {
                            try await direct.declareQueue(queue, passive: true).messageCount == 2_900
                        }
                        try await eventually("it has arrived") { proxy.traffic.deliveries == 100 }
                    }
                    try await delivery.ack()
                }
                #expect(proxy.traffic.mostUnsettled == 100)
            }
            try await eventually("all is settled") {
                try await direct.declareQueue(queue, passive: true).messageCount == 0
            }
        }
    }
}

extension FaultTests {
    /// The broker is short of memory.
    @Suite(.enabled(if: OpenResources.areVisible, "\(OpenResources.absence)"))
    struct BlockedConnectionTests {
        /// A channel to a broker of its own, and what its connection logs.
        private func withChannel(
            heartbeat: Duration? = nil,
            _ body: (PrivateBroker, AMQPConnection, AMQPChannel, RecordingLogSink) async throws -> Void
        ) async throws {
            try await PrivateBroker.with { broker in
                let log = RecordingLogSink(level: .info)
                var configuration = try broker.configuration
                if let heartbeat { configuration.heartbeat = heartbeat }
                configuration.logSink = log
                let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
                try await body(broker, connection, connection.openChannel(), log)
            }
        }

        private func connectionIsBlocked(_ log: RecordingLogSink) async throws {
            try await eventually("the connection is blocked") {
                log.entries.contains { $0.message.contains("takes no messages") }
            }
        }

        private func publishingThread(_ broker: PrivateBroker) throws -> (id: String, name: String) {
            try #require(
                OpenResources.threads(ofBrokerAt: broker.configuration.port).first { $0.name.hasSuffix("-pub") })
        }

        @Test func publishersWaitWhileConsumersGoOn() async throws {
            try await withChannel { broker, connection, channel, log in
                try await channel.declareQueue("in")
                try await channel.declareQueue("out")
                try await channel.publishBatch(
                    (0..<300).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: "in") })
                let deliveries = channel.deliveries(queue: "in", prefetch: 10).makeAsyncIterator()

                try await broker.control("set_vm_memory_high_watermark", "absolute", "1")
                let published = Counter()
                // All are handed over at once.
                let publishers = Task {
                    try await channel.publishBatch(
                        (0..<100).map { AMQPPublication(AMQPMessage(body: "\($0)"), routingKey: "out") })
                    published.increment()
                }
                try await connectionIsBlocked(log)
                let thread = try publishingThread(broker)
                let sleeps = try OpenResources.sleeps(ofThread: thread.id)
                for index in 0..<300 {
                    let delivery = try #require(try await deliveries.next())
                    #expect(delivery.bodyString == "\(index)")
                    try await delivery.ack()
                }
                // By what the broker says, over the same socket: the acknowledgements have arrived.
                try await eventually("all is acknowledged") {
                    try await broker.control("list_queues", "name", "messages").contains("in\t0")
                }
                // It wakes for heartbeats, every 15 seconds on each side, and for nothing else.
                #expect(try OpenResources.sleeps(ofThread: thread.id) - sleeps < 20)
                #expect(published.value == 0)

                try await broker.control("set_vm_memory_high_watermark", "absolute", "2GB")
                try await publishers.value
                #expect(published.value == 1)
                #expect(try await channel.declareQueue("out", passive: true).messageCount == 100)
                await connection.shutdown()
            }
        }

        /// Larger than all buffers on the way: the broker stops reading in the midst of it, for more than two heartbeats.
        @Test func aLargeBodyWaitsForTheEndOfAnAlarm() async throws {
            try await withChannel(heartbeat: .seconds(3)) { broker, connection, channel, log in
                try await channel.declareQueue("q")
                try await broker.control("set_vm_memory_high_watermark", "absolute", "1")
                let body = (0..<50_000).flatMap { repeatElement(UInt8(truncatingIfNeeded: $0), count: 1_000) }
                let published = Task { try await channel.publish(AMQPMessage(body: body), routingKey: "q") }
                try await connectionIsBlocked(log)
                let thread = try publishingThread(broker)
                let sleeps = try OpenResources.sleeps(ofThread: thread.id)
                // It wakes for each heartbeat, of either side: two to four times in an interval.
                try await eventually("many heartbeats have passed") {
                    try OpenResources.sleeps(ofThread: thread.id) > sleeps + 12
                }
                try await broker.control("set_vm_memory_high_watermark", "absolute", "2GB")
                try await published.value
                #expect(!log.entries.contains { $0.message.contains("was lost") })
                #expect(try await channel.get(queue: "q")?.body == body)
                await connection.shutdown()
            }
        }

        @Test func aShutdownDoesNotWaitForTheRestOfABody() async throws {
            try await withChannel { broker, connection, channel, log in
                try await broker.control("set_vm_memory_high_watermark", "absolute", "1")
                async let published: AMQPError? = #expect(throws: AMQPError.self) {
                    let body = [UInt8](repeating: 1, count: 50_000_000)
                    try await channel.publish(AMQPMessage(body: body), routingKey: "q")
                }
                try await connectionIsBlocked(log)
                await connection.shutdown(timeout: .milliseconds(1))
                #expect(await published?.code == .outcomeUnknown)
            }
        }
    }
}
