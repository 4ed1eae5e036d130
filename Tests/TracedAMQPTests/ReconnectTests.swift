import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

@testable import TracedAMQP

@Suite(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct ReconnectTests {
    @Test func whatWasDeclaredComesBackAndConsumersGoOn() async throws {
        try await CuttableProxy.withConnection { connection, proxy in
            try await connection.withChannel { channel in
                let exchange = Broker.name("exchange")
                try await channel.declareExchange(exchange, type: .fanout, autoDelete: true)
                let queue = try await channel.declareQueue(exclusive: true).name
                try await channel.bindQueue(queue, to: exchange)
                let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
                for round in 0..<3 {
                    try await channel.publish(
                        AMQPMessage(body: "\(round)"), exchange: exchange, routingKey: "", mandatory: true)
                    let delivery = try #require(try await iterator.next())
                    #expect(delivery.bodyString == "\(round)")
                    try await delivery.ack()
                    proxy.cut()
                    // The broker forgot the exclusive queue; the client does not. Two sockets come back.
                    try await eventually("both sockets are back") { proxy.accepted >= 2 * (round + 2) }
                }
            }
        }
    }

    @Test func aDeliveryOfAnEarlierConnectionIsNeverSettled() async throws {
        try await Broker.withQueue { direct, queue in
            for body in ["a", "b"] { try await direct.publish(AMQPMessage(body: body), routingKey: queue) }
            try await CuttableProxy.withConnection { connection, proxy in
                try await connection.withChannel { channel in
                    let iterator = channel.batches(queue: queue, maxCount: 2, maxWait: .seconds(10)).makeAsyncIterator()
                    let before = try #require(try await iterator.next())
                    #expect(before.map(\.bodyString) == ["a", "b"])
                    proxy.cut()
                    let after = try #require(try await iterator.next())
                    #expect(after.map(\.bodyString) == ["a", "b"] && after.allSatisfy(\.redelivered))
                    // The tags are the same; the deliveries are not.
                    #expect(after.map(\.deliveryTag) == before.map(\.deliveryTag))
                    for settle in [{ try await before.ack() }, { try await before[0].nack() }] {
                        let error = await #expect(throws: AMQPError.self) { try await settle() }
                        #expect(error?.code == .staleDelivery)
                    }
                    try await after.ack()
                }
            }
            #expect(try await direct.declareQueue(queue, passive: true).messageCount == 0)
        }
    }

    @Test(arguments: [false, true])
    func everyPublishEndsAndNothingConfirmedIsLost(resends: Bool) async throws {
        let tracing = FileTracing()
        let outcomes = Outcomes()
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection(resendsUnconfirmed: resends, tracing: tracing) { connection, proxy in
                try await connection.withChannel { channel in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for task in 0..<8 {
                            group.addTask {
                                for index in 0..<100 {
                                    let body = "\(task)-\(index)"
                                    do {
                                        try await channel.publish(AMQPMessage(body: body), routingKey: queue)
                                        outcomes.confirmed.withLock { _ = $0.insert(body) }
                                    } catch let error as AMQPError where error.code == .outcomeUnknown {
                                        outcomes.unknown.withLock { $0 += 1 }
                                    }
                                    // The network fails in the midst of it, for one task's publishes three times.
                                    if task == 0, index % 30 == 15 { proxy.cut() }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
            }
            let unknown = outcomes.unknown.withLock(\.self)
            #expect(outcomes.confirmed.withLock(\.count) + unknown == 800)
            if resends { #expect(unknown == 0) }
            var arrived: Set<String> = []
            while let delivery = try await direct.get(queue: queue) {
                arrived.insert(delivery.bodyString)
                try await delivery.ack()
            }
            #expect(outcomes.confirmed.withLock { $0.isSubset(of: arrived) })
        }
        // One span each, ended once.
        #expect(try tracing.spans().filter { $0.kind == "PRODUCER" }.count == 800)
    }

    @Test func whatIsNeverSentAgainEndsAsUnknown() async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection(resendsUnconfirmed: true, recoveryTimeout: .milliseconds(200)) {
                connection, proxy in
                let channel = try await connection.openChannel()
                try await channel.publish(AMQPMessage(body: "0"), routingKey: queue)
                let sent = try await proxy.holdingAnswers(of: 1) {
                    async let sent: AMQPError? = #expect(throws: AMQPError.self) {
                        try await channel.publish(AMQPMessage(body: "1"), routingKey: queue)
                    }
                    try await eventually("it has passed") { proxy.traffic.publishes == 2 }
                    proxy.stop()
                    return await sent
                }
                #expect(sent?.code == .outcomeUnknown)
                let unsent = await #expect(throws: AMQPError.self) {
                    try await channel.publish(AMQPMessage(body: "2"), routingKey: queue)
                }
                #expect(unsent?.code == .connectionFailed)
            }
            // Whether the second has arrived is just what is not known.
            #expect((1...2).contains(try await direct.declareQueue(queue, passive: true).messageCount))
        }
    }

    /// Its channel was closed while it waited to be sent again: the first time it may have arrived.
    @Test func whatIsNotSentAgainOnAClosedChannelEndsAsUnknown() async throws {
        try await Broker.withQueue { direct, queue in
            try await CuttableProxy.withConnection(resendsUnconfirmed: true) { connection, proxy in
                let channel = try await connection.openChannel()
                // Which the other socket alone brings back: messages wait for it.
                try await channel.declareQueue(exclusive: true)
                try await channel.publish(AMQPMessage(body: "0"), routingKey: queue)
                let sent = try await proxy.holdingAnswers(of: 1, 2) {
                    let sent = Task {
                        await #expect(throws: AMQPError.self) {
                            try await channel.publish(AMQPMessage(body: "1"), routingKey: queue)
                        }
                    }
                    try await eventually("it has passed") { proxy.traffic.publishes == 2 }
                    proxy.cut(0)
                    try await eventually("the first socket connects") { proxy.accepted == 3 }
                    let opens = proxy.traffic.count(of: MethodID.channelOpen, .fromClient)
                    proxy.cut(1)
                    try await eventually("the channel is back on the second") {
                        proxy.traffic.count(of: MethodID.channelOpen, .fromClient) == opens + 1
                    }
                    let closed = Task { await channel.close() }
                    try await eventually("it is closed there") {
                        proxy.traffic.count(of: MethodID.channelClose, .fromClient) == 1
                    }
                    return (sent, closed)
                }
                await sent.1.value
                #expect(await sent.0.value?.code == .outcomeUnknown)
            }
            #expect(try await direct.declareQueue(queue, passive: true).messageCount <= 2)
        }
    }

    @Test func requestsInFlightFailAndLaterOnesWait() async throws {
        try await CuttableProxy.withConnection { connection, proxy in
            try await connection.withChannel { channel in
                proxy.cut()
                // Lost on the way, or asked on the next connection: either way it ends, and the channel is there again.
                do { try await channel.declareQueue(exclusive: true) } catch let error as AMQPError {
                    #expect(error.code == .connectionLost)
                }
                #expect(try await channel.declareQueue(exclusive: true).name.hasPrefix("amq.gen-"))
            }
        }
    }

    @Test func aChannelThatIsBeingClosedEndsWithTheConnection() async throws {
        try await CuttableProxy.withConnection { connection, proxy in
            for _ in 0..<20 {
                var opened: AMQPChannel?
                while opened == nil {
                    // Lost on the way.
                    do { opened = try await connection.openChannel() } catch let error as AMQPError {
                        #expect(error.code == .connectionLost)
                    }
                }
                let channel = try #require(opened)
                async let closed: Void = channel.close()
                proxy.cut()
                await closed
            }
        }
    }

    /// One that another client has taken, between two that the broker named.
    @Test func aQueueThatIsNotBackLeavesTheOthersAlone() async throws {
        let queue = Broker.name("exclusive")
        let renamed = Mutex<[[String]]>([])
        try await Broker.withConnection { direct in
            try await CuttableProxy.withConnection(
                // A queue that is taken is given up at once.
                recoveryTimeout: .zero,
                configure: {
                    $0.heartbeat = .zero
                    $0.onQueueRenamed = { old, new in renamed.withLock { $0.append([old, new]) } }
                }
            ) { connection, proxy in
                let channel = try await connection.openChannel()
                var names = [try await channel.declareQueue().name]
                try await channel.declareQueue(queue, exclusive: true)
                names.append(try await channel.declareQueue().name)
                let declared = proxy.traffic.count(of: MethodID.queueDeclare, .fromClient)
                proxy.goDown()
                try await eventually("another client has it") {
                    do {
                        try await direct.openChannel().declareQueue(queue, exclusive: true)
                        return true
                    } catch let error as AMQPError where error.code == .resourceLocked {
                        return false
                    }
                }
                proxy.comeUp()
                try await eventually("the connection is back") {
                    do {
                        _ = try await connection.openChannel()
                        return true
                    } catch let error as AMQPError where [.connectionLost, .connectionFailed].contains(error.code) {
                        return false
                    }
                }
                #expect(renamed.withLock { $0.map { $0[0] } } == names)
                #expect(proxy.traffic.count(of: MethodID.queueDeclare, .fromClient) == declared + 3)
            }
        }
    }

    private final class Outcomes: Sendable {
        let confirmed = Mutex<Set<String>>([])
        let unknown = Mutex(0)
    }
}
