import MessagingTracing
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// What a rebalance means for messages that were pulled before it.
@Suite(.timeLimit(.minutes(5))) struct RebalanceTests {
    private struct Broken: Error {}

    private func fill(_ kafka: EmbeddedKafka, _ count: Int) async throws {
        let producer = try kafka.producer()
        _ = try await producer.sendBatch(
            (0..<count).map { .init(topic: "t", value: "\($0)", partition: Int32($0 % 2)) })
        await producer.shutdown()
    }

    @Test func whatWasPulledBeforeARevokeIsNotSettledAfterIt() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 2])
        try await fill(kafka, 20)
        let told = Guarded<[KafkaRebalance.Kind]>([])
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults.merging(["session.timeout.ms": "10000"]) { $1 }, logSink: nil)
        configuration.onRebalance = { rebalance in told.withLock { $0.append(rebalance.kind) } }
        let one = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let old = try await one.receive(maxCount: 20, maxWait: .seconds(60))
        #expect(old.count == 20)
        await #expect(throws: Broken.self) { try await old[0].process { throw Broken() } }
        #expect(one.hasFailures)

        configuration.onRebalance = nil
        let two = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let other = Task { for try await _ in two.messages {} }
        while told.withLock({ $0.count < 3 }) { _ = try await one.receive(maxWait: .milliseconds(50)) }
        #expect(told.withLock { $0.prefix(3) } == [.assigned, .revoked, .assigned])
        #expect(!one.hasFailures)

        func isLost(_ body: () async throws -> Void) async {
            let error = await #expect(throws: KafkaError.self) { try await body() }
            #expect(error?.code == .assignmentLost)
        }
        await isLost { try await one.commit(old) }
        await isLost { try await one.commit(old[3]) }
        await isLost { try one.store(offsetsOf: old) }
        var window = MessageBatch()
        for message in old { window.append(message) }
        await isLost { try await window.settle() }
        // Nor does a failure of such messages hold anything back.
        await #expect(throws: Broken.self) { try await old.process { _ in throw Broken() } }
        await #expect(throws: Broken.self) { try await window.process { throw Broken() } }
        #expect(!one.hasFailures)

        // What is read now can be committed, also together with what is gone. The group may form once more before.
        try await fill(kafka, 20)
        try await eventually {
            guard let new = try await one.receive(maxWait: .milliseconds(50)) else { return false }
            var both = window
            both.append(new)
            await #expect(throws: KafkaError.self) { try await both.settle() }
            return try await one.committed([new.topicPartition], timeout: .seconds(60)) == [
                new.topicPartition: new.offset + 1
            ]
        }
        await two.shutdown()
        try await other.value
        await one.shutdown()
    }

    @Test func theHandlerCommitsAndTheStartIsChosen() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.sendBatch((0..<10).map { .init(topic: "t", value: "\($0)", partition: 0) })
        await producer.shutdown()
        let p0 = KafkaPartition(topic: "t", partition: 0)
        let told = Guarded<[KafkaRebalance.Kind]>([])
        let held = Guarded<KafkaMessage?>(nil)
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults.merging(["session.timeout.ms": "10000"]) { $1 }, logSink: nil)
        configuration.startOffsets = { partitions in partitions.map { .init($0, .offset(5)) } }
        configuration.onRebalance = { rebalance in
            told.withLock { $0.append(rebalance.kind) }
            guard rebalance.kind == .revoked, let message = held.withLock({ $0 }) else { return }
            #expect(rebalance.partitions == [p0])
            do { try await rebalance.consumer.commit(message) } catch { Issue.record(error) }
        }
        let consumer = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let message = try await consumer.receive()
        #expect(message.offset == 5)
        held.withLock { $0 = message }
        await consumer.shutdown()
        held.withLock { $0 = nil }
        #expect(told.withLock { $0 } == [.assigned, .revoked])
        let reader = try kafka.consumer("t", group: "g", from: .stored)
        #expect(try await reader.committed([p0], timeout: .seconds(60)) == [p0: 6])
        await reader.shutdown()
    }

    @Test func anAssignmentThatLibrdkafkaRefusesIsNotAnnounced() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let told = Guarded<[KafkaRebalance.Kind]>([])
        let log = RecordingLogSink()
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults, logSink: log)
        configuration.onRebalance = { rebalance in told.withLock { $0.append(rebalance.kind) } }
        configuration.startOffsets = { partitions in partitions.map { .init($0, .offset(-7)) } }
        let consumer = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let pull = Task { try await consumer.receive() }
        try await eventually { log.entries.contains { $0.message.contains("invalid start offset") } }
        pull.cancel()
        await #expect(throws: CancellationError.self) { try await pull.value }
        #expect(told.withLock { $0 } == [])
        await consumer.shutdown()
    }

    /// With cooperative assignment reading goes on during a rebalance, in which librdkafka pauses and resumes.
    @Test func cooperativeMembersReadEverything() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 2])
        let configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g", topics: ["t"],
            properties: EmbeddedKafka.consumerDefaults.merging(
                ["partition.assignment.strategy": "cooperative-sticky"]) { $1 }, logSink: nil)
        let seen = Guarded<[Int32: Set<Int64>]>([0: [], 1: []])
        @Sendable func read(_ consumer: KafkaConsumer) async throws {
            try await consumer.runBatches(maxCount: 500, maxWait: .milliseconds(5)) { batch in
                seen.withLock { seen in
                    for message in batch { seen[message.partition, default: []].insert(message.offset) }
                }
            }
        }
        let one = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let first = Task { try await read(one) }
        try await eventually { try await one.assignment().count == 2 }
        // Not far ahead of the readers: the embedded broker forgets old messages.
        let isEnough = Guarded(false)
        let filling = Task {
            var sent = 0
            while !isEnough.withLock({ $0 }) {
                try await fill(kafka, 1000)
                sent += 500
                try await eventually { seen.withLock { $0.values.allSatisfy { $0.count > sent - 10_000 } } }
            }
            return sent
        }
        let two = try KafkaConsumer(configuration: configuration, tracing: .disabled)
        let second = Task { try await read(two) }
        try await eventually { try await two.assignment().count == 1 }
        try await eventually { try await one.assignment().count == 1 }
        await two.shutdown()
        try await second.value
        try await eventually { try await one.assignment().count == 2 }
        isEnough.withLock { $0 = true }
        let sent = try await filling.value
        try await eventually { seen.withLock { $0[0]?.count == sent && $0[1]?.count == sent } }
        await one.shutdown()
        try await first.value
    }
}
