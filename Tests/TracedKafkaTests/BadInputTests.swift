import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// What users get wrong is a typed error that says what to do.
@Suite(.serialized, .timeLimit(.minutes(2))) struct BadInputTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: KafkaError.Code
        /// A word of the advice.
        var says: String
        var make: @Sendable (TracedBench) async throws -> Void

        init(
            _ name: String, _ code: KafkaError.Code, _ says: String,
            _ make: @escaping @Sendable (TracedBench) async throws -> Void
        ) {
            (testDescription, self.code, self.says, self.make) = (name, code, says, make)
        }
    }

    private static func producer(_ properties: [String: String]) throws {
        _ = try KafkaProducer(configuration: .init(bootstrapServers: ["localhost:1"], properties: properties))
    }

    private static func consumer(_ properties: [String: String]) throws {
        _ = try KafkaConsumer(
            configuration: .init(bootstrapServers: ["localhost:1"], group: "g", topics: ["t"], properties: properties))
    }

    static let mistakes: [Mistake] = [
        Mistake("unknown property", .invalidConfiguration, "no.such.thing") { _ in
            try producer(["no.such.thing": "1"])
        },
        Mistake("unknown property of a consumer", .invalidConfiguration, "no.such.thing") { _ in
            try consumer(["no.such.thing": "1"])
        },
        Mistake("value out of range", .invalidConfiguration, "linger.ms") { _ in try producer(["linger.ms": "-1"]) },
        Mistake("value that is no number", .invalidConfiguration, "fetch.wait.max.ms") { _ in
            try consumer(["fetch.wait.max.ms": "soon"])
        },
        Mistake("no TLS certificate", .invalidConfiguration, "ssl.ca.location") { _ in
            try producer(["security.protocol": "ssl", "ssl.ca.location": "/does/not/exist"])
        },
        Mistake("no reports of what was delivered", .invalidConfiguration, "delivery.report.only.error") { _ in
            try producer(["delivery.report.only.error": "true"])
        },
        Mistake("transactions", .invalidConfiguration, "transactional.id") { _ in
            try producer(["transactional.id": "orders"])
        },
        Mistake("offsets stored before messages are handled", .invalidConfiguration, "enable.auto.offset.store") { _ in
            try consumer(["enable.auto.offset.store": "true"])
        },
        Mistake("no brokers", .invalidConfiguration, "bootstrap") { _ in
            _ = try KafkaProducer(configuration: .init(bootstrapServers: []))
        },
        Mistake("empty topic of a record", .invalidArgument, "topic") { bench in
            _ = try await bench.producer.send(.init(topic: "", value: "v"))
        },
        Mistake("empty topic, enqueued", .invalidArgument, "topic") { bench in
            try bench.producer.enqueue(.init(topic: "", value: "v"))
        },
        Mistake("empty topic of a consumer", .invalidConfiguration, "") { bench in
            _ = try KafkaConsumer(
                configuration: .init(bootstrapServers: bench.kafka.bootstrapServers, group: "g", topics: [""]))
        },
        Mistake("unknown partition", .unknownTopicOrPartition, "partition count") { bench in
            try await bench.fill(1)
            _ = try await bench.producer.send(.init(topic: "t", value: "v", partition: 7))
        },
        Mistake("negative partition", .unknownTopicOrPartition, "partition") { bench in
            try await bench.fill(1)
            _ = try await bench.producer.send(.init(topic: "t", value: "v", partition: -7))
        },
        Mistake("unknown topic", .unknownTopicOrPartition, "Create the topic") { bench in
            bench.kafka.failTopic("missing", with: 3)
            let producer = try bench.kafka.tracedProducer(
                .disabled, .init(), ["topic.metadata.propagation.max.ms": "0"])
            _ = try await producer.send(.init(topic: "missing", value: "v"))
        },
        Mistake("too large", .messageTooLarge, "message.max.bytes") { bench in
            _ = try await bench.producer.send(.init(topic: "t", value: [UInt8](repeating: 0, count: 2_000_000)))
        },
        Mistake("batch of none", .invalidArgument, "1 or more") { bench in
            _ = try await bench.consumer.receive(maxCount: 0, maxWait: .zero)
        },
        Mistake("negative batch", .invalidArgument, "1 or more") { bench in
            for try await _ in bench.consumer.batches(maxCount: -5, maxWait: .zero) {}
        },
        Mistake("negative run", .invalidArgument, "1 or more") { bench in
            try await bench.consumer.runBatches(maxCount: .min, maxWait: .zero) { _ in }
        },
        Mistake("huge batch", .invalidArgument, "at most") { bench in
            try await bench.consumer.runBatches(maxCount: .max, maxWait: .zero) { _ in }
        },
        Mistake("negative wait", .invalidArgument, "zero or more") { bench in
            _ = try await bench.consumer.receive(maxCount: 1, maxWait: .seconds(-1))
        },
        Mistake("negative wait for one", .invalidArgument, "zero or more") { bench in
            _ = try await bench.consumer.receive(maxWait: .seconds(-1))
        },
        Mistake("negative flush", .invalidArgument, "zero or more") { bench in
            try await bench.producer.flush(timeout: .seconds(-1))
        },
        Mistake("commit without a group", .invalidConfiguration, "group") { bench in
            try await bench.fill(1)
            try await bench.consumer.receive().commit()
        },
        Mistake("closed producer", .closed, "make a new one") { bench in
            await bench.producer.shutdown()
            _ = try await bench.producer.send(.init(topic: "t", value: "v"))
        },
        Mistake("closed producer, flushed", .closed, "make a new one") { bench in
            await bench.producer.shutdown()
            try await bench.producer.flush()
        },
        Mistake("closed consumer", .closed, "make a new one") { bench in
            await bench.consumer.shutdown()
            _ = try await bench.consumer.receive(maxCount: 1, maxWait: .zero)
        },
        Mistake("closed consumer, stored", .closed, "make a new one") { bench in
            try await bench.fill(1)
            let message = try await bench.consumer.receive()
            await bench.consumer.shutdown()
            try bench.consumer.store(offsetOf: message)
        },
        Mistake("unreachable brokers", .brokersUnavailable, "bootstrapServers") { bench in
            try bench.kafka.takeDown()
            try await eventually { bench.consumer.handle.brokersDown.load(ordering: .acquiring) }
            _ = try await bench.consumer.receive(maxWait: .milliseconds(10))
        },
    ]

    @Test(arguments: mistakes)
    func isATypedErrorThatSaysWhatToDo(_ mistake: Mistake) async throws {
        let bench = try TracedBench()
        let error = await #expect(throws: KafkaError.self) { try await mistake.make(bench) }
        #expect(error?.code == mistake.code)
        #expect(error?.message.contains(mistake.says) == true || mistake.says.isEmpty, "\(error?.message ?? "")")
        #expect(error?.message.isEmpty == false)
        await bench.end()
    }

    @Test func aLoopOverAClosedConsumerIsEmpty() async throws {
        let bench = try TracedBench()
        await bench.consumer.shutdown()
        for try await _ in bench.consumer.messages { Issue.record("a message of a closed consumer") }
        try await bench.consumer.runBatches(maxCount: 1, maxWait: .zero) { _ in Issue.record("a batch") }
        await bench.end()
    }
}
