import MessagingTracing
import Synchronization
import TestSupport
import Testing
import TracedAMQP
import TracingCore

@Suite(.enabled(if: Broker.isThere, "\(Broker.absence)"))
struct BrokerTests {
    // MARK: Publishing

    @Test func aMessageArrivesAsItWasSent() async throws {
        // The broker checks it.
        guard case .plain(let user, _) = try AMQPConnection.Configuration(url: Broker.url!).credentials else { return }
        try await Broker.withQueue { channel, queue in
            let properties = AMQPProperties(
                contentType: "text/plain", contentEncoding: "utf-8", headers: ["a": "b"], isPersistent: true,
                priority: 3,
                correlationID: "c", replyTo: "r", expiration: "60000", messageID: "m", timestamp: 1_700_000_000,
                type: "t", userID: user, appID: "app")
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

    @Test func headersOfEveryTypeComeBackUnchanged() async throws {
        let headers: AMQPTable = [
            "bool": true, "int8": .int8(-1), "uint8": .uint8(255), "int16": .int16(-300), "uint16": .uint16(65_535),
            "int32": .int32(.min), "uint32": .uint32(.max), "int64": .int64(.min), "float": .float(1.5),
            "double": .double(-2.25), "decimal": .decimal(scale: 2, value: 314), "string": "text", "empty": "",
            "long": .longString([0xFF, 0x00]), "bytes": .bytes([1, 2, 0]), "time": .timestamp(1_700_000_000),
            "void": .void, "array": [1, "two", .void, [true]], "none": [],
            "table": ["a": ["b": .bytes([]), "c": .table([:])]],
        ]
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "", headers: headers), routingKey: queue)
            let delivery = try #require(try await channel.get(queue: queue))
            var arrived = delivery.properties.headers
            arrived["traceparent"] = nil
            // RabbitMQ 4 sorts them by name.
            #expect(sorted(arrived) == sorted(headers))
            try await delivery.ack()
        }
    }

    private func sorted(_ table: AMQPTable) -> AMQPTable {
        AMQPTable(table.sorted { $0.name < $1.name }.map { ($0.name, $0.value) })
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

    @Test func badArgumentsAreRefusedBeforeAnythingIsSent() async throws {
        try await Broker.withQueue { channel, queue in
            let long = String(repeating: "x", count: 256)
            for message in [
                AMQPMessage(body: "x", messageID: long), AMQPMessage(body: "x", headers: [long: 1]),
                AMQPMessage(body: "x", headers: ["h": .bytes([UInt8](repeating: 0, count: 140_000))]),
            ] {
                let error = try await #require(throws: AMQPError.self) {
                    try await channel.publish(message, routingKey: queue)
                }
                #expect(error.code == .invalidArgument)
            }
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
        }
    }

    // MARK: Declaring

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

    @Test func aQueueWithOtherPropertiesIsAFailedPrecondition() async throws {
        try await Broker.withQueue { channel, queue in
            let error = try await #require(throws: AMQPError.self) {
                try await channel.declareQueue(queue, durable: true)
            }
            #expect(error.code == .preconditionFailed && error.errorType == "precondition-failed")
        }
    }

    // MARK: Consuming

    @Test func deliveriesComeInOrderAndAreSettled() async throws {
        try await Broker.withQueue { channel, queue in
            for index in 0..<5 { try await channel.publish(AMQPMessage(body: "\(index)"), routingKey: queue) }
            let iterator = channel.deliveries(queue: queue, prefetch: 2).makeAsyncIterator()
            for index in 0..<5 {
                let delivery = try #require(try await iterator.next())
                #expect(delivery.bodyString == "\(index)" && delivery.queue == queue)
                try await delivery.ack()
                let error = await #expect(throws: AMQPError.self) { try await delivery.ack() }
                #expect(error?.code == .staleDelivery)
            }
        }
    }

    @Test func whatIsSentBackComesAgain() async throws {
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
            try await #require(try await iterator.next()).nack()
            let again = try #require(try await iterator.next())
            #expect(again.redelivered)
            try await again.reject()
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
        }
    }

    @Test func anIteratorThatGoesAwaySendsBackWhatItHasNotGiven() async throws {
        try await Broker.withQueue { channel, queue in
            for index in 0..<10 { try await channel.publish(AMQPMessage(body: "\(index)"), routingKey: queue) }
            var held: AMQPDelivery?
            do {
                let iterator = channel.deliveries(queue: queue, prefetch: 10).makeAsyncIterator()
                held = try await iterator.next()
            }
            // It may be settled still.
            try await held?.ack()
            var seen: Set<String> = []
            let iterator = channel.deliveries(queue: queue, prefetch: 10).makeAsyncIterator()
            while seen.count < 9, let delivery = try await iterator.next() {
                seen.insert(delivery.bodyString)
                try await delivery.ack()
            }
            #expect(seen == Set((1...9).map(String.init)))
        }
    }

    @Test func manyMessagesFromManyTasksInBatches() async throws {
        let count = 5_000
        try await Broker.withQueue { channel, queue in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<10 {
                    group.addTask {
                        for index in 0..<(count / 10) {
                            try await channel.publish(
                                AMQPMessage(body: "\(task * count / 10 + index)"), routingKey: queue)
                        }
                    }
                }
                try await group.waitForAll()
            }
            var seen: [String] = []
            let batches = channel.batches(queue: queue, maxCount: 500, maxWait: .seconds(10)).makeAsyncIterator()
            while seen.count < count, let batch = try await batches.next() {
                seen += batch.map(\.bodyString)
                try await batch.ack()
            }
            #expect(seen.count == count && Set(seen).count == count)
            #expect(try await channel.declareQueue(queue, passive: true).messageCount == 0)
        }
    }

    @Test func aDeletedQueueEndsItsConsumer() async throws {
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
            _ = try await iterator.next()
            try await channel.deleteQueue(queue)
            let error = await #expect(throws: AMQPError.self) { _ = try await iterator.next() }
            #expect(error?.code == .consumerCancelled)
        }
    }

    @Test func aCancelledTaskStopsWaiting() async throws {
        try await Broker.withQueue { channel, queue in
            let task = Task {
                let iterator = channel.deliveries(queue: queue).makeAsyncIterator()
                return try await iterator.next()
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
    }

    @Test func aFailedHandlerSendsTheMessageBackAndEndsTheLoop() async throws {
        struct Failure: Error {}
        try await Broker.withQueue { channel, queue in
            try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
            await #expect(throws: Failure.self) { try await channel.run(queue: queue) { _ in throw Failure() } }
            var calls = 0
            await #expect(throws: Failure.self) {
                try await channel.run(queue: queue, onError: .requeueAndThrow) { delivery in
                    calls += 1
                    #expect(delivery.redelivered)
                    throw Failure()
                }
            }
            #expect(calls == 1)
        }
    }

    @Test func aShutdownLetsTheHandlerFinishAndAcknowledges() async throws {
        let queue = Broker.name("test")
        try await Broker.withConnection { setUp in
            try await setUp.withChannel { channel in
                try await channel.declareQueue(queue)
                try await channel.publish(AMQPMessage(body: "x"), routingKey: queue)
                try await Broker.withConnection { connection in
                    let runner = try await connection.openChannel()
                    try await runner.runBatches(queue: queue, maxCount: 10, maxWait: .milliseconds(1)) { batch in
                        #expect(batch.count == 1)
                        connection.beginShutdown()
                    }
                    let error = await #expect(throws: AMQPError.self) {
                        try await runner.publish(AMQPMessage(body: "x"), routingKey: queue)
                    }
                    #expect(error?.code == .closed)
                }
                #expect(try await channel.deleteQueue(queue) == 0)
            }
        }
    }

    // MARK: Connecting

    @Test func aWrongPasswordSaysSo() async throws {
        var configuration = try AMQPConnection.Configuration(url: Broker.url!)
        configuration.credentials = .plain(user: "guest", password: "wrong")
        configuration.logSink = nil
        try await fails(configuration, .accessRefused)
    }

    @Test func aMissingVirtualHostSaysSo() async throws {
        var configuration = try AMQPConnection.Configuration(url: Broker.url!)
        configuration.virtualHost = "missing"
        configuration.logSink = nil
        try await fails(configuration, .notAllowed)
    }

    private func fails(_ configuration: AMQPConnection.Configuration, _ code: AMQPError.Code) async throws {
        let connection = try AMQPConnection(configuration: configuration)
        let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(error?.code == code)
        await connection.shutdown()
    }
}

struct UnreachableBrokerTests {
    @Test func operationsFailInBoundedTime() async throws {
        var configuration = AMQPConnection.Configuration(host: "127.0.0.1", port: 1)
        configuration.recoveryTimeout = .milliseconds(100)
        configuration.logSink = nil
        let connection = try AMQPConnection(configuration: configuration)
        let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(error?.code == .connectionFailed)
        await connection.shutdown()
        let closed = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(closed?.code == .closed)
    }

    @Test func whatIsOutOfRangeIsRefused() {
        for change: (inout AMQPConnection.Configuration) -> Void in [
            { $0.port = 0 }, { $0.host = "" }, { $0.maxFrameSize = 1 }, { $0.heartbeat = .seconds(-1) },
        ] {
            var configuration = AMQPConnection.Configuration()
            change(&configuration)
            let error = #expect(throws: AMQPError.self) { try AMQPConnection(configuration: configuration) }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
