import Foundation
import SpanlinkRuntime
import TestSupport
import Testing
import TracedAMQP
import TracingCore

extension FaultTests {
    /// What a network does to a connection. Each ends with the client as good as before or in a typed error, and nothing that
    /// was confirmed is lost.
    @Suite(
        .enabled(if: Broker.isThere, "\(Broker.absence)"), .enabled(if: Toxiproxy.isThere, "\(Toxiproxy.absence)"))
    struct NetworkFaultTests {
        /// A connection through a proxy, quick to come back, whose first loss `log` tells.
        private func connection(
            to proxy: Toxiproxy.Proxy, separatesPublishing: Bool = true, heartbeat: Duration = .seconds(30),
            log: FirstLoss = FirstLoss()
        ) throws -> AMQPConnection {
            var configuration = try AMQPConnection.Configuration(url: Broker.url!)
            configuration.port = proxy.port
            configuration.separatesPublishing = separatesPublishing
            configuration.heartbeat = heartbeat
            configuration.connectTimeout = heartbeat
            configuration.reconnect.initialDelay = .milliseconds(5)
            // Many are lost as soon as they are there.
            configuration.reconnect.multiplier = 1
            configuration.logSink = log
            return try AMQPConnection(configuration: configuration, tracing: .disabled)
        }

        private func brokerPort() throws -> Int { try AMQPConnection.Configuration(url: Broker.url!).port }

        /// Does it again after an error that a lost connection explains. Any other is thrown.
        private func again<Result>(_ operation: () async throws -> Result) async throws -> Result {
            while true {
                do {
                    return try await operation()
                } catch let error as AMQPError {
                    guard [.connectionLost, .connectionFailed, .outcomeUnknown].contains(error.code) else {
                        throw error
                    }
                }
            }
        }

        /// Publishes a message until it is confirmed, and takes deliveries until it comes and is acknowledged.
        private func exchange(_ connection: AMQPConnection, _ channel: AMQPChannel, _ queue: String, _ body: String)
            async throws
        {
            try await again { try await channel.publish(AMQPMessage(body: body), routingKey: queue, mandatory: true) }
            let deliveries = channel.deliveries(queue: queue).makeAsyncIterator()
            while true {
                let delivery = try #require(try await deliveries.next())
                do {
                    try await delivery.ack()
                    if delivery.bodyString == body { return }
                } catch let error as AMQPError where error.code == .staleDelivery {
                    // It comes again.
                }
            }
        }

        // MARK: Cuts

        /// After every seventh byte; after each of the 2,000 with SPANLINK_EVERY_BYTE=1, which takes one to three minutes. With one
        /// socket the whole exchange is cut, from the first byte of the connection on; with two the socket for publishing is.
        @Test(arguments: Toxiproxy.Direction.allCases, [false, true])
        func aConnectionIsCutAfterAnyByte(direction: Toxiproxy.Direction, separates: Bool) async throws {
            let step = ProcessInfo.processInfo.environment["SPANLINK_EVERY_BYTE"] == "1" ? 1 : 7
            let port = try brokerPort()
            let workers = 4
            try await Toxiproxy.with { toxiproxy in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in 0..<workers {
                        let proxy = try await toxiproxy.proxy("cut-\(worker)", to: port)
                        let queue = Broker.name("cut")
                        group.addTask {
                            for bytes in stride(from: 1 + worker * step, through: 2_000, by: workers * step) {
                                try await withoutHanging("cut after \(bytes) bytes \(direction)") {
                                    try await exchange(
                                        cutAfter: bytes, direction, of: toxiproxy, proxy, queue, separates: separates)
                                }
                            }
                            try await Broker.withConnection { direct in
                                try await direct.withChannel { _ = try await $0.deleteQueue(queue) }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        private func exchange(
            cutAfter bytes: Int, _ direction: Toxiproxy.Direction, of toxiproxy: Toxiproxy, _ proxy: Toxiproxy.Proxy,
            _ queue: String, separates: Bool
        ) async throws {
            let log = FirstLoss()
            func cut() async throws { try await toxiproxy.add("limit_data", ["bytes": bytes], direction, to: proxy) }
            func mend() async throws {
                await log.waitForIt()
                try await toxiproxy.remove(direction, from: proxy)
            }
            if !separates { try await cut() }
            let connection = try connection(to: proxy, separatesPublishing: separates, log: log)
            try await withThrowingTaskGroup(of: Void.self) { group in
                if !separates { group.addTask { try await mend() } }
                let channel = try await again { try await connection.openChannel() }
                try await again { _ = try await channel.declareQueue(queue) }
                if separates {
                    try await cut()
                    group.addTask { try await mend() }
                }
                try await exchange(connection, channel, queue, "\(bytes)")
                // It took fewer bytes than that.
                log.stopWaiting()
                try await group.waitForAll()
            }
            await connection.shutdown()
        }

        // MARK: What is slow or silent

        @Test func framesMayComeByteByByte() async throws {
            let port = try brokerPort()
            try await Toxiproxy.with { toxiproxy in
                let proxy = try await toxiproxy.proxy("sliced", to: port)
                for direction in Toxiproxy.Direction.allCases {
                    try await toxiproxy.add(
                        "slicer", ["average_size": 1, "size_variation": 0, "delay": 0], direction, to: proxy)
                }
                let log = FirstLoss()
                let connection = try connection(to: proxy, log: log)
                let channel = try await connection.openChannel()
                let queue = try await channel.declareQueue(exclusive: true).name
                let body = String(repeating: "sliced", count: 2_000)
                try await withoutHanging("an exchange in slices") {
                    for index in 0..<3 { try await exchange(connection, channel, queue, "\(index)" + body) }
                }
                #expect(!log.hasHappened)
                await connection.shutdown()
            }
        }

        /// Answers that come after two heartbeats, and a network that swallows everything: what waits ends in a typed error,
        /// what comes meanwhile as well, and afterwards all is as before.
        @Test(arguments: [false, true])
        func aSilentNetworkEndsWhatWaits(swallows: Bool) async throws {
            let port = try brokerPort()
            try await Broker.withQueue { direct, queue in
                try await Toxiproxy.with { toxiproxy in
                    let proxy = try await toxiproxy.proxy("silent", to: port)
                    var configuration = try AMQPConnection.Configuration(url: Broker.url!)
                    configuration.port = proxy.port
                    configuration.heartbeat = .seconds(4)
                    configuration.connectTimeout = .seconds(4)
                    configuration.recoveryTimeout = .seconds(4)
                    configuration.logSink = nil
                    let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
                    let channel = try await again { try await connection.openChannel() }
                    try await again { _ = try await channel.declareQueue(queue) }
                    try await again { try await channel.publish(AMQPMessage(body: "before"), routingKey: queue) }
                    let directions = swallows ? Toxiproxy.Direction.allCases : [.downstream]
                    for direction in directions {
                        if swallows {
                            try await toxiproxy.add("timeout", ["timeout": 0], direction, to: proxy)
                        } else {
                            try await toxiproxy.add("latency", ["latency": 60_000], direction, to: proxy)
                        }
                    }
                    try await withoutHanging("every operation ends") {
                        async let declared: AMQPError? = #expect(throws: AMQPError.self) {
                            try await channel.declareQueue(queue)
                        }
                        async let published: AMQPError? = #expect(throws: AMQPError.self) {
                            try await channel.publish(AMQPMessage(body: "unknown"), routingKey: queue)
                        }
                        #expect(await declared?.code == .connectionLost)
                        #expect(await published?.code == .outcomeUnknown)
                        async let opened: AMQPError? = #expect(throws: AMQPError.self) {
                            try await connection.openChannel()
                        }
                        async let late: AMQPError? = #expect(throws: AMQPError.self) {
                            try await channel.publish(AMQPMessage(body: "never"), routingKey: queue)
                        }
                        #expect(await opened?.code == .connectionFailed)
                        #expect(await late?.code == .connectionFailed)
                    }
                    for direction in directions { try await toxiproxy.remove(direction, from: proxy) }
                    try await withoutHanging("the client comes back") {
                        try await again {
                            try await channel.publish(AMQPMessage(body: "after"), routingKey: queue, mandatory: true)
                        }
                    }
                    await connection.shutdown()
                }
                var arrived: [String] = []
                while let delivery = try await direct.get(queue: queue) {
                    arrived.append(delivery.bodyString)
                    try await delivery.ack()
                }
                #expect(arrived.first == "before" && arrived.last == "after" && !arrived.contains("never"))
            }
        }

        @Test func aShutdownInASilentNetworkEndsEveryPublish() async throws {
            let port = try brokerPort()
            try await Broker.withQueue { _, queue in
                try await Toxiproxy.with { toxiproxy in
                    let proxy = try await toxiproxy.proxy("silent", to: port)
                    let connection = try connection(to: proxy)
                    let channel = try await connection.openChannel()
                    try await channel.publish(AMQPMessage(body: "0"), routingKey: queue)
                    for direction in Toxiproxy.Direction.allCases {
                        try await toxiproxy.add("timeout", ["timeout": 0], direction, to: proxy)
                    }
                    let started = Counter()
                    try await withoutHanging("the shutdown") {
                        async let published: AMQPError? = #expect(throws: AMQPError.self) {
                            started.increment()
                            try await channel.publish(AMQPMessage(body: "1"), routingKey: queue)
                        }
                        try await eventually("it has begun") { started.value == 1 }
                        await connection.shutdown(timeout: .milliseconds(500))
                        #expect([.outcomeUnknown, .closed].contains(await published?.code))
                    }
                }
            }
        }
    }
}

/// Tells when a connection says for the first time that it was lost, or could not be made.
private final class FirstLoss: LogSink {
    let level = LogLevel.warning
    private let outcome = Promise<Bool>()

    func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) { outcome.resolve(true) }

    var hasHappened: Bool { outcome.current == true }
    func waitForIt() async { _ = await outcome.value() }
    func stopWaiting() { outcome.resolve(false) }
}
