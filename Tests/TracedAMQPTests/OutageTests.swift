import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

/// What is there after an outage, and what is not.
@Suite(.enabled(if: Broker.isThere, "\(Broker.absence)"), .timeLimit(.minutes(5)))
struct OutageTests {
    /// Until the broker is back: operations wait for less than that.
    private func again<Result>(_ operation: () async throws -> Result) async throws -> Result {
        while true {
            do {
                return try await operation()
            } catch let error as AMQPError where [.connectionFailed, .connectionLost].contains(error.code) {}
        }
    }

    // MARK: What ended meanwhile

    /// Both sockets have room for two channels: for those that are opened afterwards, if no other comes back.
    @Test func whatEndsInALongOutageDoesNotComeBack() async throws {
        try await Broker.withQueue { _, queue in
            try await CuttableProxy.withConnection(
                recoveryTimeout: .milliseconds(200),
                configure: {
                    $0.maxChannels = 2
                    $0.reconnect.maxDelay = .milliseconds(50)
                }
            ) { connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
                var consumer: AMQPDeliveries.Iterator? = channel.deliveries(queue: queue).makeAsyncIterator()
                #expect(try await consumer?.next()?.bodyString == "x")
                proxy.goDown()
                consumer = nil
                await channel.close()
                // As long as anything waits for a connection, those above as well.
                for _ in 0..<2 {
                    let error = await #expect(throws: AMQPError.self) { try await connection.openChannel() }
                    #expect(error?.code == .connectionFailed || error?.code == .connectionLost)
                }
                proxy.comeUp()
                var channels: [AMQPChannel] = []
                for _ in 0..<2 {
                    let channel = try await again { try await connection.openChannel() }
                    try await again { try await channel.publish(AMQPMessage(body: "y"), routingKey: queue) }
                    channels.append(channel)
                }
            }
        }
    }

    @Test func closingAChannelDoesNotWaitForTheBroker() async throws {
        try await CuttableProxy.withConnection(recoveryTimeout: .seconds(3_600)) { connection, proxy in
            let channel = try await connection.openChannel()
            proxy.goDown()
            await channel.close()
        }
    }

    // MARK: Queues that delete themselves

    @Test(arguments: [false, true])
    func anAutoDeleteQueueThatIsGoneStaysGone(deletedByOthers: Bool) async throws {
        try await Broker.withConnection { direct in
            let observer = try await direct.openChannel()
            let exchange = Broker.name("exchange")
            try await observer.declareExchange(exchange, type: .fanout)
            let queue = Broker.name("temporary")
            func isRouted(by channel: AMQPChannel) async throws -> Bool {
                do {
                    try await channel.publish(
                        AMQPMessage(body: "x"), exchange: exchange, routingKey: "", mandatory: true)
                    return true
                } catch let error as AMQPError where error.code == .noRoute {
                    return false
                }
            }
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.declareQueue(queue, autoDelete: true)
                try await channel.bindQueue(queue, to: exchange)
                #expect(try await isRouted(by: observer))
                var consumer: AMQPDeliveries.Iterator? = channel.deliveries(queue: queue).makeAsyncIterator()
                try await #require(try await consumer?.next()).ack()
                if deletedByOthers {
                    try await observer.deleteQueue(queue)
                    let error = await #expect(throws: AMQPError.self) { _ = try await consumer?.next() }
                    #expect(error?.code == .consumerCancelled)
                } else {
                    consumer = nil
                    try await eventually("the broker deletes it") { try await !isRouted(by: observer) }
                }
                // This makes the socket for publishing.
                #expect(try await !isRouted(by: channel))
                proxy.cut()
                try await eventually("both sockets are back") { proxy.accepted >= 4 }
                #expect(try await !isRouted(by: channel))
            }
            try await observer.deleteExchange(exchange)
        }
    }

    // MARK: What stands in the way

    @Test func aConnectionWithoutAFreeChannelComesBack() async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection(configure: { $0.maxChannels = 2 }) { connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.declareQueue(queue)
                let consumer = channel.deliveries(queue: queue).makeAsyncIterator()
                for body in ["before", "after"] {
                    try await direct.publish(AMQPMessage(body: body), routingKey: queue)
                    let delivery = try #require(try await consumer.next())
                    #expect(delivery.bodyString == body)
                    try await delivery.ack()
                    // What was asked after the ack has an answer: the ack has arrived.
                    #expect(try await channel.declareQueue(queue).name == queue)
                    if body == "before" { proxy.cut() }
                }
            }
        }
    }

    @Test func aConsumerWhoseQueueIsTakenByOthersIsTold() async throws {
        try await Broker.withConnection { direct in
            let queue = Broker.name("exclusive")
            let other = try await direct.openChannel()
            try await CuttableProxy.withConnection(
                recoveryTimeout: .seconds(1), configure: { $0.heartbeat = .zero }
            ) { connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.declareQueue(queue, exclusive: true)
                let exchange = Broker.name("taken")
                try await channel.declareExchange(exchange, type: .fanout)
                try await channel.bindQueue(queue, to: exchange)
                let consumer = channel.deliveries(queue: queue).makeAsyncIterator()
                try await other.publish(AMQPMessage(body: "x"), routingKey: queue)
                #expect(try await consumer.next()?.bodyString == "x")
                proxy.goDown()
                var taker = other
                try await eventually("another client has it") {
                    do {
                        try await taker.declareQueue(queue, exclusive: true)
                        return true
                    } catch let error as AMQPError where error.code == .resourceLocked {
                        taker = try await direct.openChannel()
                        return false
                    }
                }
                proxy.comeUp()
                let error = await #expect(throws: AMQPError.self) { _ = try await consumer.next() }
                #expect(error?.code == .resourceLocked)
                // All else goes on.
                try await again { _ = try await channel.declareQueue() }
                try await again { try await channel.deleteExchange(exchange) }
            }
        }
    }

    // MARK: Queues that the broker named

    @Test func aQueueThatTheBrokerNamedStaysWithItsMessages() async throws {
        try await Broker.withConnection { direct in
            let observer = try await direct.openChannel()
            try await CuttableProxy.withConnection { connection, proxy in
                let channel = try await connection.openChannel()
                let queue = try await channel.declareQueue(exclusive: false).name
                let consumer = channel.deliveries(queue: queue).makeAsyncIterator()
                for body in ["before", "after"] {
                    try await observer.publish(AMQPMessage(body: body), routingKey: queue, mandatory: true)
                    let delivery = try #require(try await consumer.next())
                    #expect(delivery.bodyString == body)
                    try await delivery.ack()
                    // What was asked after the ack has an answer: the ack has arrived.
                    try await channel.declareQueue(queue, passive: true)
                    let accepted = proxy.accepted
                    proxy.cut()
                    try await eventually("it is back") { proxy.accepted > accepted }
                    // What waits goes out after all is restored.
                    try await channel.purgeQueue(queue)
                }
                try await observer.deleteQueue(queue)
            }
        }
    }

    @Test(arguments: [false, true])
    func theApplicationHearsAnotherName(exclusive: Bool) async throws {
        let renamed = Mutex<[[String]]>([])
        try await Broker.withConnection { direct in
            let observer = try await direct.openChannel()
            try await CuttableProxy.withConnection(
                configure: { $0.onQueueRenamed = { old, new in renamed.withLock { $0.append([old, new]) } } }
            ) { connection, proxy in
                let channel = try await connection.openChannel()
                let queue = try await channel.declareQueue(exclusive: exclusive).name
                let consumer = channel.deliveries(queue: queue).makeAsyncIterator()
                try await observer.publish(AMQPMessage(body: "before"), routingKey: queue)
                #expect(try await consumer.next()?.bodyString == "before")
                proxy.goDown()
                if !exclusive { try await observer.deleteQueue(queue) }
                proxy.comeUp()
                try await eventually("it is told") { renamed.withLock { !$0.isEmpty } }
                let names = renamed.withLock { $0[0] }
                #expect(names[0] == queue && names[1] != queue)
                #expect(try await channel.declareQueue(names[1], passive: true).name == names[1])
                try await observer.publish(AMQPMessage(body: "after"), routingKey: names[1], mandatory: true)
                #expect(try await consumer.next()?.bodyString == "after")
                try await channel.deleteQueue(names[1])
            }
        }
    }

    // MARK: Shutdown

    /// The thread waits for a login, and goes on waiting.
    @Test func aShutdownDuringALoginEndsEveryPublish() async throws {
        try await CuttableProxy.withConnection(
            separatesPublishing: false, configure: { $0.connectTimeout = .seconds(3_600) }
        ) { connection, proxy in
            let channel = try await connection.openChannel()
            try await proxy.holdingAnswers(of: 1) {
                proxy.cut()
                try await eventually("it logs in") { proxy.accepted == 2 }
                let started = Counter()
                async let published: AMQPError? = #expect(throws: AMQPError.self) {
                    started.increment()
                    try await channel.publish(AMQPMessage(body: "x"), routingKey: "q")
                }
                try await eventually("it has begun") { started.value == 1 }
                await connection.shutdown(timeout: .milliseconds(1))
                #expect(await published?.code == .closed)
            }
        }
    }

    /// The thread is busy with deliveries meanwhile, and would look at the shutdown first.
    @Test func whatWasAskedBeforeAShutdownIsDone() async throws {
        try await Broker.withQueue { direct, queue in
            try await direct.publishBatch(
                (0..<5_000).map { _ in AMQPPublication(AMQPMessage(body: "x"), routingKey: queue) })
            for _ in 0..<5 {
                try await Broker.withConnection { connection in
                    let channel = try await connection.openChannel()
                    let deliveries = channel.deliveries(queue: queue, prefetch: 5_000).makeAsyncIterator()
                    _ = try await deliveries.next()
                    let answer = await withCheckedContinuation { continuation in
                        connection.core.submit(
                            RemoteCall(.declareQueue(.init(name: queue, passive: true)), on: channel.id) {
                                continuation.resume(returning: $0)
                            })
                        connection.core.close(by: .now.advanced(by: .seconds(60)))
                    }
                    _ = try answer.get()
                }
            }
        }
    }
}
