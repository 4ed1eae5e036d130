import MessagingTracing
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// The measurements of the conventions, and librdkafka's own, through the real adapter.
@Suite(.timeLimit(.minutes(5))) struct MetricsTests {
    private func sum(_ bench: TracedBench, _ name: String, _ operation: String? = nil) -> Int64 {
        bench.memory.metrics.points(named: name).reduce(0) { total, point in
            if let operation, point.attributes["messaging.operation.name"] != .string(operation) { return total }
            switch point.value {
            case .int(let value): return total + value
            case .histogram(let value): return total + Int64(value.count)
            case .double, .exponentialHistogram: return total
            }
        }
    }

    @Test func eachMessageIsCountedOnce() async throws {
        let bench = try TracedBench(group: "g")
        for _ in 0..<4 { _ = try await bench.producer.send(.init(topic: "t", value: "v", partition: 0)) }
        try await bench.fill(12)
        try bench.producer.enqueue(.init(topic: "t", value: "v", partition: 0))
        try await bench.producer.flush()
        let sent = "messaging.client.sent.messages"
        try await eventually { sum(bench, sent) == 17 }
        #expect(sum(bench, sent, "send") == 17)
        let duration = "messaging.client.operation.duration"
        #expect(sum(bench, duration, "send") == 6)

        let consumed = "messaging.client.consumed.messages"
        let received = try await bench.consumer.receive(maxCount: 5, maxWait: .seconds(60))
        try await received.process { _ in }
        try await received[0].process {}
        #expect(sum(bench, consumed) == 5 && sum(bench, consumed, "poll") == 5)
        for try await message in bench.consumer.messages {
            try await message.process {}
            try await message.commit()
            break
        }
        #expect(sum(bench, consumed) == 6)
        for try await batch in bench.consumer.batches(maxCount: 5, maxWait: .seconds(60)) {
            try await batch.process { _ in }
            try await batch.process { _ in }
            break
        }
        #expect(sum(bench, consumed) == 11)
        try await bench.consumer.runBatches(maxCount: 5, maxWait: .seconds(60)) { _ in bench.consumer.beginShutdown() }
        #expect(sum(bench, consumed) == 16)
        #expect(sum(bench, consumed, "process") == 11)
        #expect(sum(bench, duration, "poll") == 1)
        #expect(sum(bench, duration, "commit") == 2)
        #expect(sum(bench, "messaging.process.duration") == 6)
        #expect(sum(bench, MessagingAttribute.timeInQueue) == 16)
        await bench.end()
    }

    @Test func unsampledIsMeasuredToo() async throws {
        let bench = try TracedBench(memory: MemoryTracing(sampler: .alwaysOff))
        try await bench.fill(2)
        try await bench.consumer.receive().process {}
        try await bench.consumer.run { _ in bench.consumer.beginShutdown() }
        await bench.end()
        #expect(bench.memory.spans.isEmpty)
        #expect(sum(bench, "messaging.client.sent.messages") == 2)
        #expect(sum(bench, "messaging.client.consumed.messages") == 2)
        #expect(sum(bench, "messaging.process.duration") == 2)
    }

    @Test func errorTypesAreTheSameOnSpanAndMetric() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(1)
        bench.kafka.failRequests(.produce, with: [29])
        await #expect(throws: KafkaError.self) {
            try await bench.producer.send(.init(topic: "t", value: "v", partition: 0))
        }
        let message = try await bench.consumer.receive()
        await #expect(throws: HandlerFailure.self) { try await message.process { throw HandlerFailure() } }
        await #expect(throws: KafkaError.self) { try await message.commit() }
        try await message.process {}
        bench.kafka.failRequests(.offsetCommit, with: [30])
        await #expect(throws: KafkaError.self) { try await message.commit() }
        bench.consumer.beginShutdown()
        await #expect(throws: KafkaError.self) { try await bench.consumer.receive() }
        await bench.end()
        func onSpans(_ name: String) -> [AttributeValue] {
            bench.memory.spans.named(name).compactMap { $0.attributes["error.type"] }
        }
        func onMetric(_ name: String, _ operation: String) -> Set<AttributeValue> {
            Set(
                bench.memory.metrics.points(named: name)
                    .filter { $0.attributes["messaging.operation.name"] == .string(operation) }
                    .compactMap { $0.attributes["error.type"] })
        }
        #expect(onSpans("send t") == ["TOPIC_AUTHORIZATION_FAILED"])
        #expect(onSpans("process t") == [.string(String(reflecting: HandlerFailure.self))])
        #expect(onSpans("commit t") == ["fenced", "GROUP_AUTHORIZATION_FAILED"])
        #expect(onSpans("poll t") == ["closed"])
        let duration = "messaging.client.operation.duration"
        #expect(onMetric(duration, "send") == Set(onSpans("send t")))
        #expect(onMetric("messaging.client.sent.messages", "send") == Set(onSpans("send t")))
        #expect(onMetric("messaging.process.duration", "process") == Set(onSpans("process t")))
        #expect(onMetric(duration, "commit") == Set(onSpans("commit t")))
        #expect(onMetric(duration, "poll") == Set(onSpans("poll t")))
    }

    @Test func statisticsBecomeMetrics() async throws {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let memory = MemoryTracing()
        let log = RecordingLogSink()
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: kafka.bootstrapServers, group: "g",
            assignments: [.init(topic: "t", partition: 0, .beginning)],
            properties: EmbeddedKafka.consumerDefaults.merging(["debug": "cgrp", "log_level": "7"]) { $1 },
            logSink: log)
        configuration.statisticsInterval = .milliseconds(20)
        let consumer = try KafkaConsumer(configuration: configuration, tracing: memory.backend)
        var producing = KafkaProducer.Configuration(
            bootstrapServers: kafka.bootstrapServers, properties: EmbeddedKafka.producerDefaults)
        producing.statisticsInterval = .milliseconds(20)
        let producer = try KafkaProducer(configuration: producing, tracing: memory.backend)
        _ = try await producer.sendBatch((0..<10).map { .init(topic: "t", value: "\($0)", partition: 0) })
        try await consumer.commit(try await consumer.receive(maxCount: 4, maxWait: .seconds(60)))
        try await eventually {
            memory.metrics.points(named: "spanlink.kafka.consumer.lag").contains {
                $0.value == .double(6) && $0.attributes["messaging.destination.name"] == "t"
                    && $0.attributes["messaging.destination.partition.id"] == "0"
            }
        }
        for name in ["client.requests", "client.sent", "client.received", "producer.queue.messages"] {
            try await eventually { !memory.metrics.points(named: "spanlink.kafka.\(name)").isEmpty }
        }
        await producer.shutdown()
        await consumer.shutdown()
        #expect(log.entries.contains { $0.level == .debug && $0.metadata["client"] != nil })
    }

    @Test func aWindowOverTwoConsumersLinksToItsMessagesAndSettlesBoth() async throws {
        let bench = try TracedBench(group: "g")
        let other = try bench.kafka.tracedConsumer(bench.backend, topic: "u", group: "h")
        try await bench.fill(4)
        _ = try await bench.producer.sendBatch((0..<4).map { .init(topic: "u", value: "\($0)", partition: 0) })
        var window = MessageBatch()
        for _ in 0..<3 { window.append(try await bench.consumer.receive()) }
        for _ in 0..<2 { window.append(try await other.receive()) }
        #expect(window.count == 5)
        try await window.process("settle window") {}
        try await window.settle()
        let u0 = KafkaPartition(topic: "u", partition: 0)
        #expect(try await bench.committed() == 3)
        #expect(try await other.committed([u0], timeout: .seconds(60)) == [u0: 2])
        let created = Array(bench.memory.spans.named("create t")[..<3] + bench.memory.spans.named("create u")[..<2])
        let span = try #require(bench.memory.span("settle window"))
        try span.expectLinks(to: created)
        #expect(span.isRoot && span.attributes["messaging.batch.message_count"] == .int(5))
        await other.shutdown()
        await bench.end()
    }
}
