import MessagingTracing
import SpanlinkRuntime
import TestSupport
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// A producer and a consumer on an embedded broker whose spans and measurements are kept in memory.
///
/// The consumer reads partition 0 of `t` directly: joining a group takes seconds.
struct TracedBench {
    let kafka: EmbeddedKafka
    let memory: MemoryTracing
    let producer: KafkaProducer
    let consumer: KafkaConsumer
    static let p0 = KafkaPartition(topic: "t", partition: 0)

    init(
        group: String? = nil, memory: MemoryTracing = MemoryTracing(), producerTracing: TracingBackend? = nil,
        options: MessagingTracingOptions = MessagingTracingOptions(), producerProperties: [String: String] = [:],
        consumerProperties: [String: String] = [:]
    ) throws {
        kafka = try EmbeddedKafka(topics: ["t": 1, "u": 1])
        self.memory = memory
        producer = try kafka.tracedProducer(producerTracing ?? memory.backend, options, producerProperties)
        consumer = try kafka.tracedConsumer(memory.backend, group: group, options: options, consumerProperties)
    }

    var backend: TracingBackend { memory.backend }

    func fill(_ count: Int) async throws {
        _ = try await producer.sendBatch((0..<count).map { .init(topic: "t", value: "\($0)", partition: 0) })
    }

    func end() async {
        await producer.shutdown()
        await consumer.shutdown()
    }

    /// What the group committed of partition 0 of `t`, as another member of it is told.
    func committed() async throws -> Int64? {
        let reader = try kafka.consumer("t", group: "g", from: .stored)
        let offsets = try await reader.committed([Self.p0], timeout: .seconds(60))
        await reader.shutdown()
        return offsets[Self.p0]
    }
}

extension EmbeddedKafka {
    func tracedProducer(
        _ tracing: TracingBackend, _ options: MessagingTracingOptions = MessagingTracingOptions(),
        _ properties: [String: String] = [:]
    ) throws -> KafkaProducer {
        try KafkaProducer(
            configuration: .init(
                bootstrapServers: bootstrapServers, properties: Self.producerDefaults.merging(properties) { $1 },
                logSink: nil), tracing: tracing, options: options)
    }

    func tracedConsumer(
        _ tracing: TracingBackend, topic: String = "t", group: String? = nil, from offset: KafkaOffset = .beginning,
        options: MessagingTracingOptions = MessagingTracingOptions(), _ properties: [String: String] = [:]
    ) throws -> KafkaConsumer {
        try KafkaConsumer(
            configuration: .init(
                bootstrapServers: bootstrapServers, group: group,
                assignments: [.init(topic: topic, partition: 0, offset)],
                properties: Self.consumerDefaults.merging(properties) { $1 }, logSink: nil), tracing: tracing,
            options: options)
    }
}

struct HandlerFailure: Error {}

extension [SpanData] {
    func named(_ name: String) -> [SpanData] { filter { $0.name == name } }
}

extension KafkaHeaders {
    /// Without those of the trace.
    var users: [Element] {
        let ours = ["traceparent", "tracestate", "baggage"].map { Array($0.utf8) }
        return filter { !ours.contains($0.nameBytes) }
    }

    /// The same after forwarding, which replaces our headers whatever the case of their names. Baggage stays in another case.
    var usersAfterForwarding: [Element] {
        let ours = ["traceparent", "tracestate"].map { Array($0.utf8) }
        return users.filter { !ours.contains($0.nameBytes.map { $0 | 0x20 }) }
    }

    func count(of name: String) -> Int { all(named: name).count }
}

/// Counts how often each span ends.
final class EndCounter: SpanProcessor {
    private let state = Mutex<(started: Int, ended: [SpanID: Int])>((0, [:]))
    var counts: [SpanID: Int] { state.withLock { $0.ended } }
    var started: Int { state.withLock { $0.started } }
    func onStart(_ span: RecordingSpan, parent: ActiveContext) { state.withLock { $0.started += 1 } }
    func onEnd(_ span: RecordingSpan) { state.withLock { $0.ended[span.context.spanID, default: 0] += 1 } }
    func forceFlush(deadline: ContinuousClock.Instant) async -> Bool { true }
    func shutdown(deadline: ContinuousClock.Instant) async -> Bool { true }
}
