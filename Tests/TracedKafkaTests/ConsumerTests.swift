import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

@Suite(.timeLimit(.minutes(5))) struct ConsumerTests {
    private static func pullAll(_ consumer: KafkaConsumer) -> Task<Int?, any Error> {
        Task {
            try await consumer.nextBatch(maxCount: 100, maxWait: .seconds(3600), firstWait: .unlimited, in: nil)?.count
        }
    }

    private func filled(_ count: Int, partitions: Int = 1) async throws -> (EmbeddedKafka, KafkaProducer) {
        let kafka = try EmbeddedKafka(topics: ["t": partitions])
        let producer = try kafka.producer()
        _ = try await producer.sendBatch((0..<count).map { .init(topic: "t", value: "\($0)", partition: 0) })
        return (kafka, producer)
    }
    private let p0 = KafkaPartition(topic: "t", partition: 0)

    @Test func batchesAreCutAtMaxCount() async throws {
        let (kafka, producer) = try await filled(1000)
        let consumer = try kafka.consumer("t")
        var next = 0
        for try await batch in consumer.batches(maxCount: 128, maxWait: .milliseconds(50)) {
            #expect(batch.count <= 128)
            #expect(batch.map(\.valueString) == (next..<(next + batch.count)).map(String.init))
            next += batch.count
            if next == 1000 { break }
        }
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func aLargeBatchIsGatheredOverSeveralPulls() async throws {
        let (kafka, producer) = try await filled(3000)
        let consumer = try kafka.consumer("t")
        let batch = try await consumer.receive(maxCount: 3000, maxWait: .seconds(60))
        let inOrder = batch.map(\.offset) == (0..<3000).map { Int64($0) }
        #expect(inOrder && batch.count == 3000)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func anUnlimitedMaxWaitIsCutByTheCountAlone() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        let consumer = try kafka.consumer("t")
        let pull = Task {
            try await consumer.nextBatch(maxCount: 3, maxWait: .seconds(3600), firstWait: .unlimited, in: nil)?.count
        }
        for index in 0..<3 { _ = try await producer.send(.init(topic: "t", value: "\(index)", partition: 0)) }
        #expect(try await pull.value == 3)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func positionMovesByWhatIsHandedOutAndNoFurther() async throws {
        let (kafka, producer) = try await filled(500)
        let consumer = try kafka.consumer("t")
        #expect(try consumer.position(of: p0) == nil)
        let batch = try await consumer.receive(maxCount: 10, maxWait: .seconds(60))
        #expect(batch.count == 10)
        // Everything else is fetched by now or soon; none of it is taken.
        #expect(try consumer.position(of: p0) == 10)
        let iterator = consumer.messages.makeAsyncIterator()
        #expect(try await iterator.next()?.offset == 10)
        #expect(try consumer.position(of: p0) == 11)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func emptyPullsEndInTime() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let consumer = try kafka.consumer("t")
        #expect(try await consumer.receive(maxCount: 10, maxWait: .milliseconds(20)).isEmpty)
        #expect(try await consumer.receive(maxWait: .milliseconds(20)) == nil)
        #expect(try await consumer.receive(maxCount: 10, maxWait: .zero).isEmpty)
        await consumer.shutdown()
    }

    @Test func argumentsOutOfRangeAreTypedErrors() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let consumer = try kafka.consumer("t")
        for (count, wait) in [(0, Duration.zero), (-1, .zero), (Int.max, .zero), (1, .seconds(-1))] {
            let error = await #expect(throws: KafkaError.self) {
                try await consumer.receive(maxCount: count, maxWait: wait)
            }
            #expect(error?.code == .invalidArgument)
        }
        await consumer.shutdown()
    }

    @Test func severalPullersShareWithoutLossOrDuplicates() async throws {
        let (kafka, producer) = try await filled(1000)
        let consumer = try kafka.consumer("t")
        let seen = Guarded<Set<Int64>>([])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do {
                        for try await message in consumer.messages {
                            let count = seen.withLock { seen in
                                #expect(seen.insert(message.offset).inserted)
                                return seen.count
                            }
                            if count == 1000 { consumer.beginShutdown() }
                        }
                    } catch { Issue.record(error) }
                }
            }
        }
        #expect(seen.withLock { $0.count } == 1000)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func cancellationEndsAWaitAndNothingIsLost() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        let consumer = try kafka.consumer("t")
        let waiting = Task { try await consumer.receive() }
        let behind = Task { try await consumer.receive() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        _ = try await producer.send(.init(topic: "t", value: "v", partition: 0))
        #expect(try await behind.value.offset == 0)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func cancelledBatchHandsOutWhatItHas() async throws {
        let (kafka, producer) = try await filled(5)
        let consumer = try kafka.consumer("t")
        let pull = Self.pullAll(consumer)
        try await eventually { try consumer.position(of: p0) == 5 }
        pull.cancel()
        #expect(try await pull.value == 5)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func shutdownEndsLoopsAndPulls() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let consumer = try kafka.consumer("t")
        let loop = Task {
            var count = 0
            for try await _ in consumer.batches(maxCount: 5, maxWait: .seconds(1)) { count += 1 }
            return count
        }
        let single = Task { try await consumer.receive() }
        consumer.beginShutdown()
        #expect(try await loop.value == 0)
        let error = await #expect(throws: KafkaError.self) { try await single.value }
        #expect(error?.code == .closed)
        await consumer.shutdown()
        await consumer.shutdown()
        #expect(await consumer.destroyed(within: .seconds(60)))
        #expect(throws: KafkaError.self) { try consumer.position(of: p0) }
        await #expect(throws: KafkaError.self) { try await consumer.commit() }
    }

    @Test func commitAndResume() async throws {
        let (kafka, producer) = try await filled(100)
        let first = try kafka.consumer("t", group: "g")
        let batch = try await first.receive(maxCount: 40, maxWait: .seconds(60))
        try await first.commit(batch)
        #expect(try await first.committed([p0], timeout: .seconds(60)) == [p0: 40])
        let message = try await first.receive()
        try await first.commit(message)
        #expect(try await first.committed([p0], timeout: .seconds(60)) == [p0: 41])
        // Stored, and committed by the close.
        let more = try await first.receive(maxCount: 9, maxWait: .seconds(60))
        try first.store(offsetsOf: more)
        _ = try await first.receive(maxCount: 9, maxWait: .seconds(60))
        await first.shutdown()
        let second = try kafka.consumer("t", group: "g", from: .stored)
        #expect(try await second.receive().offset == 50)
        try second.store(offsetOf: try await second.receive())
        try await second.commit()
        try await second.commit()
        #expect(try await second.committed([p0], timeout: .seconds(60)) == [p0: 52])
        await producer.shutdown()
        await second.shutdown()
    }

    @Test func commitErrorsOfTheBrokerAreThrown() async throws {
        let (kafka, producer) = try await filled(5)
        let consumer = try kafka.consumer("t", group: "g")
        let message = try await consumer.receive()
        kafka.failRequests(.offsetCommit, with: [30])
        let error = await #expect(throws: KafkaError.self) { try await consumer.commit(message) }
        #expect(error?.code == .authorization)
        try await consumer.commit(message)
        await producer.shutdown()
        await consumer.shutdown()
    }

    /// Refused while members come and go, whoever owns the partition then.
    @Test func aCommitRefusedDuringARebalanceIsMadeUpFor() async throws {
        let (kafka, producer) = try await filled(10)
        let consumer = try kafka.consumer("t", group: "g")
        let error = await #expect(throws: KafkaError.self) {
            let message = try await consumer.receive()
            kafka.failRequests(.offsetCommit, with: [27])
            try await consumer.commit(message)
        }
        #expect(error?.code != .assignmentLost)
        #expect(error?.errorType == "REBALANCE_IN_PROGRESS")
        try await consumer.runBatches(maxCount: 9, maxWait: .seconds(60)) { _ in
            kafka.failRequests(.offsetCommit, with: [27])
            consumer.beginShutdown()
        }
        await consumer.shutdown()
        let reader = try kafka.consumer("t", group: "g", from: .stored)
        #expect(try await reader.committed([p0], timeout: .seconds(60)) == [p0: 10])
        await reader.shutdown()
        await producer.shutdown()
    }

    @Test func microsecondsForATimestampAreATimeFarAhead() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.send(.init(topic: "t", value: "v", partition: 0, timestamp: 1_700_000_000_000_000))
        let consumer = try kafka.consumer("t")
        var facts = MessageFacts()
        try await consumer.receive().state(&facts)
        #expect(facts.timestamp?.nanosecondsSinceEpoch == .max)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func noGroupNoCommit() async throws {
        let (kafka, producer) = try await filled(1)
        let consumer = try kafka.consumer("t")
        let message = try await consumer.receive()
        let error = await #expect(throws: KafkaError.self) { try await consumer.commit(message) }
        #expect(error?.code == .invalidConfiguration)
        #expect(consumer.group == nil)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func theFenceHoldsCommitsBack() async throws {
        let (kafka, producer) = try await filled(100)
        let consumer = try kafka.consumer("t", group: "g")
        let good = try await consumer.receive(maxCount: 10, maxWait: .seconds(60))
        let bad = try await consumer.receive(maxCount: 10, maxWait: .seconds(60))
        let later = try await consumer.receive(maxCount: 10, maxWait: .seconds(60))
        consumer.fail(bad.spans())
        let error = await #expect(throws: KafkaError.self) { try await consumer.commit(later) }
        #expect(error?.code == .fenced)
        try consumer.store(offsetsOf: later)
        try await consumer.commit()
        #expect(try await consumer.committed([p0], timeout: .seconds(60)) == [p0: 10])
        try await consumer.commit(good)
        consumer.succeed(bad.spans())
        try await consumer.commit(later)
        #expect(try await consumer.committed([p0], timeout: .seconds(60)) == [p0: 30])
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func seekReadsAgainAndPauseHolds() async throws {
        let (kafka, producer) = try await filled(50)
        let consumer = try kafka.consumer("t", group: "g")
        let batch = try await consumer.receive(maxCount: 20, maxWait: .seconds(60))
        consumer.fail(batch.spans())
        try await consumer.seek(to: [.init(p0, .offset(5))])
        #expect(try await consumer.receive().offset == 5)
        await #expect(throws: KafkaError.self) { try await consumer.commit(batch) }
        try await consumer.seek(to: [.init(p0, .offset(30))])
        let message = try await consumer.receive()
        #expect(message.offset == 30)
        try await consumer.commit(message)
        try await consumer.pause([p0])
        #expect(try await consumer.receive(maxWait: .milliseconds(50)) == nil)
        try await consumer.resume([p0])
        #expect(try await consumer.receive().offset == 31)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func aSeekThatPartlyFailsStillGivesUpWhatItPasses() async throws {
        let (kafka, producer) = try await filled(40)
        let consumer = try kafka.consumer("t", group: "g")
        consumer.fail(try await consumer.receive(maxCount: 10, maxWait: .seconds(60)).spans())
        let error = await #expect(throws: KafkaError.self) {
            try await consumer.seek(to: [.init(p0, .offset(20)), .init(topic: "missing", partition: 0, .offset(0))])
        }
        #expect(error?.code == .unknownTopicOrPartition)
        let message = try await consumer.receive()
        #expect(message.offset == 20)
        try await consumer.commit(message)

        // One that does not wait gives up as much.
        consumer.fail(try await consumer.receive(maxCount: 5, maxWait: .seconds(60)).spans())
        try await consumer.seek(to: [.init(p0, .offset(30))], timeout: .zero)
        #expect(!consumer.hasFailures)
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func aCommitThatFindsNoCoordinatorSaysSo() async throws {
        let (kafka, producer) = try await filled(5)
        let consumer = try kafka.consumer("t", group: "g")
        let batch = try await consumer.receive(maxCount: 5, maxWait: .seconds(60))
        await producer.shutdown()
        try kafka.takeDown()
        try await eventually { consumer.handle.brokersDown.load(ordering: .acquiring) }
        let error = await #expect(throws: KafkaError.self) { try await consumer.commit(batch) }
        #expect(error?.code == .brokersUnavailable)
        await consumer.shutdown()
    }

    @Test func theGroupIsTheOneThatLibrdkafkaJoins() async throws {
        let bench = try TracedBench(group: "g", consumerProperties: ["group.id": "mine"])
        try await bench.fill(1)
        #expect(bench.consumer.group == "mine")
        _ = try await bench.consumer.receive()
        let poll = try #require(bench.memory.spans.named("poll t").first)
        #expect(poll.attributes["messaging.consumer.group.name"] == .string("mine"))
        await bench.end()
    }

    @Test func groupIsSharedAndRebalancesAreServed() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 4])
        let producer = try kafka.producer()
        let told = Guarded<[KafkaRebalance]>([])
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults)
        configuration.onRebalance = { rebalance in told.withLock { $0.append(rebalance) } }
        let one = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        configuration.onRebalance = nil
        let stored = Guarded<Int>(0)
        let pulling = Task {
            for try await message in one.messages {
                try one.store(offsetOf: message)
                stored.withLock { $0 += 1 }
            }
        }
        try await eventually { told.withLock { !$0.isEmpty } }
        #expect(told.withLock { $0[0].kind } == .assigned)
        #expect(told.withLock { $0[0].partitions.count } == 4)
        let two = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let other = Task {
            for try await message in two.messages {
                try two.store(offsetOf: message)
                stored.withLock { $0 += 1 }
            }
        }
        try await eventually { told.withLock { $0.count >= 3 } }
        #expect(told.withLock { $0[1].kind } == .revoked)
        #expect(told.withLock { $0[2].partitions.count } == 2)
        try await eventually { try await two.assignment().count == 2 }
        for partition in 0..<4 {
            _ = try await producer.send(.init(topic: "t", value: "v", partition: Int32(partition)))
        }
        let all = (0..<4).map { KafkaPartition(topic: "t", partition: $0) }
        try await eventually { stored.withLock { $0 } == 4 }
        // The embedded broker refuses commits while a group is joining, so not only by the close of the second.
        try await two.commit()
        await one.shutdown()
        await two.shutdown()
        try await pulling.value
        try await other.value
        let reader = try kafka.consumer("t", group: "g", from: .stored)
        let committed = try await reader.committed(all, timeout: .seconds(60))
        #expect(committed.values.sorted() == [1, 1, 1, 1])
        await reader.shutdown()
        await producer.shutdown()
    }

    @Test func unknownTopicIsATypedError() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        kafka.failTopic("missing", with: 3)
        let consumer = try KafkaConsumer(
            configuration: .init(
                bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["missing"],
                properties: EmbeddedKafka.consumerDefaults), tracing: .disabled)
        let error = await #expect(throws: KafkaError.self) { try await consumer.receive() }
        #expect(error?.code == .unknownTopicOrPartition)
        await consumer.shutdown()
    }

    @Test func unreachableBrokersAreATypedErrorInTime() async throws {
        let consumer = try KafkaConsumer(
            configuration: .init(
                bootstrapServers: ["127.0.0.1:1"], assignments: [.init(topic: "t", partition: 0, .beginning)],
                properties: ["reconnect.backoff.ms": "10"], logSink: nil), tracing: .disabled)
        try await eventually { consumer.handle.brokersDown.load(ordering: .acquiring) }
        let error = await #expect(throws: KafkaError.self) { try await consumer.receive(maxWait: .milliseconds(20)) }
        #expect(error?.code == .brokersUnavailable)
        await consumer.shutdown()
    }

    @Test func outageEndsAndReadingGoesOn() async throws {
        let (kafka, producer) = try await filled(5)
        let consumer = try kafka.consumer("t")
        #expect(try await consumer.receive().offset == 0)
        try kafka.takeDown()
        try await eventually { consumer.handle.brokersDown.load(ordering: .acquiring) }
        try kafka.bringUp()
        _ = try await producer.send(.init(topic: "t", value: "5", partition: 0))
        for offset in 1...5 { #expect(try await consumer.receive().offset == Int64(offset)) }
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func waitingLongerThanMaxPollIntervalKeepsThePartitions() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        let told = Guarded<[KafkaRebalance]>([])
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults.merging([
                "max.poll.interval.ms": "12000", "session.timeout.ms": "12000",
            ]) { $1 })
        configuration.onRebalance = { rebalance in told.withLock { $0.append(rebalance) } }
        let consumer = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let pull = Task { try await consumer.receive() }
        try await eventually { told.withLock { !$0.isEmpty } }
        // The only way to see a limit of time not strike is to let it pass.
        try await Task.sleep(for: .seconds(14))
        _ = try await producer.send(.init(topic: "t", value: "v"))
        #expect(try await pull.value.offset == 0)
        #expect(told.withLock { $0.map(\.kind) } == [.assigned])
        await producer.shutdown()
        await consumer.shutdown()
    }

    @Test func configurationsThatDoNotHoldTogether() {
        let servers = ["localhost:1"]
        let bad: [KafkaConsumer.Configuration] = [
            .init(bootstrapServers: servers, group: "g", topics: []),
            .init(bootstrapServers: servers, group: "", topics: ["t"]),
            .init(bootstrapServers: servers, assignments: []),
            .init(bootstrapServers: servers, assignments: [.init(topic: "t", partition: 0, .stored)]),
            .init(bootstrapServers: servers, assignments: [.init(topic: "t", partition: -1, .end)]),
            .init(bootstrapServers: servers, assignments: [.init(topic: "t", partition: 0, .offset(-7))]),
            .init(bootstrapServers: [], group: "g", topics: ["t"]),
            .init(bootstrapServers: servers, group: "g", topics: ["t"], properties: ["session.timeout.ms": "x"]),
        ]
        for configuration in bad {
            let error = #expect(throws: KafkaError.self) {
                try KafkaConsumer(configuration: configuration, tracing: .disabled)
            }
            #expect(error?.code == .invalidConfiguration)
        }
        var both = KafkaConsumer.Configuration(bootstrapServers: servers, group: "g", topics: ["t"])
        both.assignments = [.init(topic: "t", partition: 0, .end)]
        #expect(throws: KafkaError.self) { try KafkaConsumer(configuration: both) }
    }

    @Test func oursAreDefaultsAndTheUsersValuesWin() throws {
        func value(_ name: String, _ properties: [String: String] = [:]) throws -> String? {
            try KafkaConsumer.Configuration(
                bootstrapServers: ["localhost:1"], group: "g", topics: ["t"], properties: properties
            ).builder().value(name)
        }
        #expect(try value("enable.auto.offset.store") == "false")
        #expect(try value("enable.auto.commit", ["enable.auto.commit": "false"]) == "false")
        let backoff = try value("fetch.queue.backoff.ms")
        #expect(try backoff == "5" || value("queued.min.messages") == "10000000")
        #expect(try value("queued.min.messages", ["queued.min.messages": "100"]) == "100")
        #expect(try value("group.id", ["group.id": "mine"]) == "mine")
    }

    @Test func producingAndConsumingAtOnce() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer(["queue.buffering.max.messages": "100"])
        let consumer = try kafka.consumer("t", group: "g")
        let total = 2000
        async let sending: Void = withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for index in 0..<(total / 4) {
                        _ = try await producer.send(
                            .init(topic: "t", key: "\(task)", value: "\(index)", headers: ["h": "v"], partition: 0))
                    }
                }
            }
            try await group.waitForAll()
        }
        var next = [Int](repeating: 0, count: 4)
        var count = 0
        for try await batch in consumer.batches(maxCount: 50, maxWait: .milliseconds(1)) {
            for message in batch {
                let task = Int(message.keyString ?? "") ?? 0
                #expect(message.valueString == String(next[task]))
                #expect(message.headers.first(named: "h")?.valueString == "v")
                next[task] += 1
            }
            try await consumer.commit(batch)
            count += batch.count
            if count == total { break }
        }
        try await sending
        #expect(next == [500, 500, 500, 500])
        await producer.shutdown()
        await consumer.shutdown()
    }
}
