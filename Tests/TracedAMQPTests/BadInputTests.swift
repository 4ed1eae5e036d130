import MessagingTracing
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// What users get wrong is a typed error that says what to do.
struct BadInputTests {
    /// With a broker.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: AMQPError.Code
        /// A word of the advice.
        var says: String
        var make: @Sendable (AMQPChannel, _ queue: String) async throws -> Void

        init(
            _ name: String, _ code: AMQPError.Code, _ says: String,
            _ make: @escaping @Sendable (AMQPChannel, String) async throws -> Void
        ) {
            (testDescription, self.code, self.says, self.make) = (name, code, says, make)
        }
    }

    /// Without one.
    struct Misconfiguration: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var says: String
        var change: @Sendable (inout AMQPConnection.Configuration) -> Void

        init(
            _ name: String, _ says: String, _ change: @escaping @Sendable (inout AMQPConnection.Configuration) -> Void
        ) {
            (testDescription, self.says, self.change) = (name, says, change)
        }
    }

    static let misconfigurations: [Misconfiguration] = [
        Misconfiguration("port 0", "1 to 65535") { $0.port = 0 },
        Misconfiguration("port too high", "1 to 65535") { $0.port = 70_000 },
        Misconfiguration("no host", "host") { $0.host = "" },
        Misconfiguration("frame too small", "4096") { $0.maxFrameSize = 1 },
        Misconfiguration("negative heartbeat", "heartbeat") { $0.heartbeat = .seconds(-1) },
        Misconfiguration("heartbeat too long", "65535") { $0.heartbeat = .seconds(70_000) },
        Misconfiguration("no time to connect", "connectTimeout") { $0.connectTimeout = .zero },
        Misconfiguration("negative recovery", "recoveryTimeout") { $0.recoveryTimeout = .seconds(-1) },
        Misconfiguration("long virtual host", "virtual host") { $0.virtualHost = long },
        Misconfiguration("NUL in the virtual host", "NUL") { $0.virtualHost = "a\u{0}b" },
        Misconfiguration("NUL in the password", "NUL") {
            $0.credentials = .plain(user: "u", password: "a\u{0}b")
        },
        Misconfiguration("EXTERNAL without TLS", "amqps") { $0.credentials = .external },
        Misconfiguration("EXTERNAL without a certificate", "certificateFile") {
            $0.tls = AMQPConnection.TLS()
            $0.credentials = .external
        },
        Misconfiguration("certificate without key", "privateKeyFile") {
            $0.tls = AMQPConnection.TLS()
            $0.tls?.certificateFile = "/c.pem"
        },
        Misconfiguration("missing authorities", "/does/not/exist") {
            $0.tls = AMQPConnection.TLS()
            $0.tls?.certificateAuthorityFile = "/does/not/exist"
        },
        Misconfiguration("missing certificate", "/does/not/exist") {
            $0.tls = AMQPConnection.TLS()
            $0.tls?.certificateFile = "/does/not/exist"
            $0.tls?.privateKeyFile = "/does/not/exist"
        },
    ]

    private static let long = String(repeating: "x", count: 256)
    private static let message = AMQPMessage(body: "x")

    static let mistakes: [Mistake] = [
        // What the broker says, with its own text.
        Mistake("publish to no exchange", .notFound, "no exchange") { channel, queue in
            try await channel.publish(message, exchange: Broker.name("missing"), routingKey: queue)
        },
        Mistake("consume from no queue", .notFound, "no queue") { channel, _ in
            for try await _ in channel.deliveries(queue: Broker.name("missing")) {}
        },
        Mistake("get from no queue", .notFound, "no queue") { channel, _ in
            _ = try await channel.get(queue: Broker.name("missing"))
        },
        Mistake("bind to no exchange", .notFound, "Declare it first") { channel, queue in
            try await channel.bindQueue(queue, to: Broker.name("missing"))
        },
        Mistake("someone else's queue", .resourceLocked, "exclusive") { channel, _ in
            try await Broker.withConnection { other in
                let name = Broker.name("theirs")
                let theirs = try await other.openChannel()
                try await theirs.declareQueue(name, exclusive: true)
                try await channel.declareQueue(name, exclusive: true)
            }
        },
        Mistake("another consumer has it alone", .accessRefused, "exclusive") { channel, queue in
            let theirs = channel.deliveries(queue: queue, exclusive: true).makeAsyncIterator()
            try await channel.publish(message, routingKey: queue)
            _ = try await theirs.next()
            let mine = channel.deliveries(queue: queue, exclusive: true).makeAsyncIterator()
            defer { withExtendedLifetime(theirs) {} }
            _ = try await mine.next()
        },
        Mistake("other properties", .preconditionFailed, "inequivalent arg") { channel, queue in
            try await channel.declareQueue(queue, durable: true, arguments: ["x-max-length": 7])
        },
        Mistake("delete a queue that is not empty", .preconditionFailed, "not empty") { channel, queue in
            try await channel.publish(message, routingKey: queue)
            try await channel.deleteQueue(queue, ifEmpty: true)
        },
        Mistake("a name of the broker's", .accessRefused, "reserved prefix") { channel, _ in
            try await channel.declareQueue("amq.mine")
        },
        Mistake("user id of someone else", .preconditionFailed, "user_id") { channel, queue in
            try await channel.publish(
                AMQPMessage(body: [], properties: AMQPProperties(userID: "someone")), routingKey: queue)
        },
        Mistake("publish on a channel that the broker closed", .notFound, "no queue") { channel, queue in
            _ = try? await channel.get(queue: Broker.name("missing"))
            try await channel.publish(message, routingKey: queue)
        },
        // What never goes out.
        Mistake("publish on a closed channel", .closed, "open another") { channel, queue in
            let other = try await channel.connection.openChannel()
            await other.close()
            try await other.publish(message, routingKey: queue)
        },
        Mistake("batch on a closed channel", .closed, "open another") { channel, queue in
            let other = try await channel.connection.openChannel()
            await other.close()
            do {
                try await other.publishBatch([AMQPPublication(message, routingKey: queue)])
            } catch let error as AMQPBatchError {
                throw try #require(error.failures[0])
            }
        },
        Mistake("publish on a closed connection", .closed, "make a new one") { _, queue in
            let connection = try AMQPConnection(url: Broker.url!, tracing: .disabled)
            let channel = try await connection.openChannel()
            await connection.shutdown()
            try await channel.publish(message, routingKey: queue)
        },
        Mistake("settled twice", .staleDelivery, "settled before") { channel, queue in
            try await channel.publish(message, routingKey: queue)
            let delivery = try #require(try await channel.get(queue: queue))
            try await delivery.ack()
            try await delivery.nack()
        },
        Mistake("settled after its channel", .staleDelivery, "delivers the message again") { channel, queue in
            try await channel.publish(message, routingKey: queue)
            let other = try await channel.connection.openChannel()
            let delivery = try #require(try await other.get(queue: queue))
            await other.close()
            try await delivery.ack()
        },
        Mistake("no prefetch", .invalidArgument, "1 to 65535") { channel, queue in
            for try await _ in channel.deliveries(queue: queue, prefetch: 0) {}
        },
        Mistake("huge prefetch", .invalidArgument, "1 to 65535") { channel, queue in
            try await channel.run(queue: queue, prefetch: 65_536) { _ in }
        },
        Mistake("negative prefetch of batches", .invalidArgument, "1 to 65535") { channel, queue in
            for try await _ in channel.batches(queue: queue, maxCount: -1, maxWait: .zero, prefetch: -5) {}
        },
        Mistake("batch of none", .invalidArgument, "1 to 65535") { channel, queue in
            try await channel.runBatches(queue: queue, maxCount: 0, maxWait: .zero) { _ in }
        },
        Mistake("huge batch", .invalidArgument, "1 to 65535") { channel, queue in
            try await channel.runBatches(queue: queue, maxCount: .max, maxWait: .zero) { _ in }
        },
        Mistake("huge batch of a service", .invalidArgument, "1 to 65535") { channel, queue in
            try await AMQPBatchService(channel.connection, queue: queue, maxCount: .max, maxWait: .zero) { _ in }.run()
        },
        Mistake("negative wait", .invalidArgument, "zero or more") { channel, queue in
            for try await _ in channel.batches(queue: queue, maxCount: 1, maxWait: .seconds(-1)) {}
        },
        Mistake("no name of a queue to consume from", .invalidArgument, "name of a queue") { channel, _ in
            for try await _ in channel.deliveries(queue: "") {}
        },
        Mistake("long exchange", .invalidArgument, "255") { channel, _ in
            try await channel.publish(message, exchange: long, routingKey: "")
        },
        Mistake("long routing key", .invalidArgument, "256 bytes") { channel, _ in
            try await channel.publish(message, routingKey: long)
        },
        Mistake("long routing key in a batch", .invalidArgument, "255") { channel, queue in
            try await channel.publishBatch([
                AMQPPublication(message, routingKey: queue), AMQPPublication(message, routingKey: long),
            ])
        },
        Mistake("long queue to declare", .invalidArgument, "255") { channel, _ in
            try await channel.declareQueue(long)
        },
        Mistake("long queue to consume", .invalidArgument, "255") { channel, _ in
            for try await _ in channel.deliveries(queue: long) {}
        },
        Mistake("long queue to get from", .invalidArgument, "255") { channel, _ in
            _ = try await channel.get(queue: long)
        },
        Mistake("long queue to delete", .invalidArgument, "255") { channel, _ in
            try await channel.deleteQueue(long)
        },
        Mistake("long exchange to declare", .invalidArgument, "255") { channel, _ in
            try await channel.declareExchange(long)
        },
        Mistake("long type of exchange", .invalidArgument, "255") { channel, _ in
            try await channel.declareExchange("x", type: AMQPExchangeType(long))
        },
        Mistake("long key of a binding", .invalidArgument, "255") { channel, queue in
            try await channel.bindQueue(queue, to: "amq.direct", routingKey: long)
        },
        Mistake("long message id", .invalidArgument, "messageID") { channel, queue in
            try await channel.publish(AMQPMessage(body: "x", messageID: long), routingKey: queue)
        },
        Mistake("long name of a header", .invalidArgument, "255") { channel, queue in
            try await channel.publish(AMQPMessage(body: "x", headers: ["a": [[long: 1]]]), routingKey: queue)
        },
        Mistake("expiration that is no number", .invalidArgument, "milliseconds") { channel, queue in
            try await channel.publish(
                AMQPMessage(body: [], properties: AMQPProperties(expiration: "soon")), routingKey: queue)
        },
        Mistake("negative expiration", .invalidArgument, "milliseconds") { channel, queue in
            try await channel.publish(
                AMQPMessage(body: [], properties: AMQPProperties(expiration: "-1")), routingKey: queue)
        },
        Mistake("expiration out of range", .invalidArgument, "4294967295") { channel, queue in
            try await channel.publish(
                AMQPMessage(body: [], properties: AMQPProperties(expiration: "4294967296")), routingKey: queue)
        },
        Mistake("oversized headers", .invalidArgument, "maxFrameSize") { channel, queue in
            let headers: AMQPTable = ["h": .bytes([UInt8](repeating: 0, count: 140_000))]
            try await channel.publish(AMQPMessage(body: "x", headers: headers), routingKey: queue)
        },
        Mistake("oversized arguments", .invalidArgument, "maxFrameSize") { channel, _ in
            try await channel.declareQueue("q", arguments: ["h": .bytes([UInt8](repeating: 0, count: 131_000))])
        },
        Mistake("oversized arguments of a consumer", .invalidArgument, "maxFrameSize") { channel, queue in
            let arguments: AMQPTable = ["h": .bytes([UInt8](repeating: 0, count: 131_000))]
            for try await _ in channel.deliveries(queue: queue, arguments: arguments) {}
        },
        Mistake("a number that is none", .invalidArgument, "finite") { channel, queue in
            try await channel.publish(AMQPMessage(body: "x", headers: ["h": .float(.nan)]), routingKey: queue)
        },
        Mistake("an infinite number", .invalidArgument, "finite") { channel, _ in
            try await channel.declareQueue("q", arguments: ["h": [.double(-.infinity)]])
        },
        Mistake("headers nested without end", .invalidArgument, "nested") { channel, queue in
            var value = AMQPValue.array([])
            for _ in 0..<10_000 { value = .array([value]) }
            try await channel.publish(AMQPMessage(body: "x", headers: ["h": value]), routingKey: queue)
        },
    ]

    @Test(arguments: misconfigurations)
    func aMisconfigurationSaysWhatToDo(_ mistake: Misconfiguration) async throws {
        var configuration = AMQPConnection.Configuration(host: "127.0.0.1", port: 1)
        configuration.logSink = nil
        mistake.change(&configuration)
        let error = await #expect(throws: AMQPError.self) {
            let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
            await connection.shutdown(timeout: .zero)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(mistake.says) == true, "\(error?.message ?? "")")
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: Broker.isThere, "\(Broker.absence)"), arguments: mistakes)
    func aMistakeSaysWhatToDo(_ mistake: Mistake) async throws {
        try await Broker.withQueue { channel, queue in
            let error = await #expect(throws: AMQPError.self) { try await mistake.make(channel, queue) }
            #expect(error?.code == mistake.code, "\(error?.description ?? "")")
            #expect(error?.message.contains(mistake.says) == true, "\(error?.message ?? "")")
            // Advice is for what failed.
            if error?.code == .preconditionFailed {
                let isDeclaration = mistake.testDescription == "other properties"
                #expect(error?.message.contains("Declare it") == isDeclaration, "\(error?.message ?? "")")
            }
            // The broker's own words are kept.
            if let code = error?.replyCode {
                #expect(code >= 400 && error?.replyText?.isEmpty == false)
            }
            // Nothing else on the connection is disturbed.
            let other = try await channel.connection.openChannel()
            try await other.publish(Self.message, routingKey: queue, mandatory: true)
        }
    }

    // MARK: Logging in

    @Test(.enabled(if: Broker.isThere, "\(Broker.absence)"))
    func aWrongPasswordSaysSo() async throws {
        try await fails(.accessRefused, "password") {
            $0.credentials = .plain(user: Broker.user, password: "wrong")
        }
    }

    @Test(.enabled(if: Broker.isThere, "\(Broker.absence)"))
    func aMissingVirtualHostSaysSo() async throws {
        try await fails(.notAllowed, "virtual host") { $0.virtualHost = "missing" }
    }

    private func fails(
        _ code: AMQPError.Code, _ says: String, _ change: (inout AMQPConnection.Configuration) -> Void
    ) async throws {
        var configuration = try AMQPConnection.Configuration(url: Broker.url!)
        configuration.logSink = nil
        change(&configuration)
        let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
        // The second hears the same as the first.
        for _ in 0..<2 {
            let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
            #expect(error?.code == code && error?.message.contains(says) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("wrong") == false)
        }
        await connection.shutdown()
    }

    @Test func anUnreachableBrokerIsAnErrorInBoundedTime() async throws {
        var configuration = AMQPConnection.Configuration(host: "127.0.0.1", port: 1)
        configuration.recoveryTimeout = .milliseconds(100)
        configuration.logSink = nil
        let connection = try AMQPConnection(configuration: configuration, tracing: .disabled)
        let error = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(error?.code == .connectionFailed && error?.message.contains("Check host") == true)
        await connection.shutdown()
        let closed = await #expect(throws: AMQPError.self) { _ = try await connection.openChannel() }
        #expect(closed?.code == .closed)
    }
}
