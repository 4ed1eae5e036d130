import Foundation
import MessagingTracing
import SpanlinkRuntime
import TestSupport
import Testing
import TracingTestKit

@testable import TracedKafka
@testable import TracingCore

/// Tracing never loses, delays or changes a message.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PromiseTests {
    private static let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// Records of every kind; `seed` brings the same ones back.
    private static func records(_ count: Int, seed: UInt64, partition: Int32? = 0) -> [KafkaRecord] {
        var generator = SeededGenerator(state: seed)
        func bytes() -> KafkaBytes? {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: nil
            case 1: KafkaBytes([UInt8]())
            case 2: "text ü"
            case 3: KafkaBytes([0, 255, 0, 10])
            default:
                KafkaBytes(
                    (0..<Int.random(in: 1..<300, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    })
            }
        }
        let names: [[UInt8]] =
            [
                "a", "b", "", "größe", "traceparent", "tracestate", "baggage", "Traceparent", "traceparent ",
            ].map { Array($0.utf8) } + [[0xFF, 0xFE, 0x41]]
        return (0..<count).map { _ in
            var headers = KafkaHeaders()
            for _ in 0..<Int.random(in: 0..<7, using: &generator) {
                let name = names.randomElement(using: &generator)!
                let isContext = Bool.random(using: &generator) && name == Array("traceparent".utf8)
                headers.elements.append(
                    .init(name: KafkaBytes(name), value: isContext ? KafkaBytes(valid) : bytes()))
            }
            return KafkaRecord(topic: "t", key: bytes(), value: bytes(), headers: headers, partition: partition)
        }
    }

    enum Way: CaseIterable { case send, enqueue, sendBatch }

    private static func send(_ records: [KafkaRecord], _ way: Way, with producer: KafkaProducer) async throws {
        switch way {
        case .send: for record in records { _ = try await producer.send(record) }
        case .enqueue:
            for record in records { try producer.enqueue(record) }
            try await producer.flush()
        case .sendBatch: _ = try await producer.sendBatch(records)
        }
    }

    private static func pull(_ count: Int, from consumer: KafkaConsumer) async throws -> [KafkaMessage] {
        var messages: [KafkaMessage] = []
        while messages.count < count {
            messages += try await consumer.receive(maxCount: count - messages.count, maxWait: .seconds(5))
        }
        return messages
    }

    @Test(arguments: Way.allCases, [false, true])
    func everythingButOurHeadersArrivesByteForByte(_ way: Way, withBaggage: Bool) async throws {
        let bench = try TracedBench()
        let records = Self.records(150, seed: 11)
        let copies = Self.records(150, seed: 11)
        var context = ActiveContext.none
        if withBaggage { context = context.with(baggage: try #require(Baggage(header: "tenant=a,user=b"))) }
        try await context.withActive { try await Self.send(records, way, with: bench.producer) }
        #expect(records == copies)
        let messages = try await Self.pull(150, from: bench.consumer)
        for (record, message) in zip(records, messages) {
            #expect(message.key == record.key?.bytes)
            #expect(message.value == record.value?.bytes)
            #expect(message.headers.users == record.headers.users)
            #expect(message.headers.count(of: "traceparent") == 1)
            let isAuthored = record.headers.contains { $0.name == "traceparent" && $0.valueString == Self.valid }
            #expect((message.headers.first(named: "traceparent")?.valueString == Self.valid) == isAuthored)
        }

        // And once more, forwarded.
        let forwarded = messages.map { $0.record(for: "u") }
        let before = forwarded
        try await Self.send(forwarded, way, with: bench.producer)
        #expect(forwarded == before)
        let reader = try bench.kafka.tracedConsumer(bench.backend, topic: "u")
        for (record, message) in zip(records, try await Self.pull(150, from: reader)) {
            #expect(message.key == record.key?.bytes)
            #expect(message.value == record.value?.bytes)
            #expect(message.headers.users == record.headers.usersAfterForwarding)
            #expect(message.headers.count(of: "traceparent") == 1)
            #expect(message.headers.first(named: "traceparent")?.valueString != Self.valid)
        }
        await reader.shutdown()
        await bench.end()
    }

    @Test func messagesOutliveBatchAndConsumerWithTheirHeaders() async throws {
        let bench = try TracedBench()
        let records = Self.records(40, seed: 3)
        _ = try await bench.producer.sendBatch(records)
        var kept: [KafkaMessage] = []
        for try await batch in bench.consumer.batches(maxCount: 40, maxWait: .seconds(60)) {
            try await batch.process { batch in kept.append(contentsOf: batch) }
            break
        }
        await bench.end()
        for (record, message) in zip(records, kept) {
            #expect(message.value == record.value?.bytes)
            #expect(message.headers.users == record.headers.users)
            try await message.process {}
        }
        #expect(kept.count == 40 && bench.memory.spans.named("process t").count == 41)
        kept = []
        #expect(await bench.consumer.destroyed(within: .seconds(60)))
    }

    // MARK: Tracers that misbehave

    struct Misbehaviour: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var tracing: @Sendable () -> (backend: TracingBackend, end: @Sendable () -> Void)
    }

    private static func limited(_ limit: Int) -> Misbehaviour {
        Misbehaviour(testDescription: "all limits are \(limit)") {
            var limits = SpanLimits()
            limits.attributeCount = limit
            limits.attributeValueLength = limit
            limits.attributeValueDepth = limit
            limits.eventCount = limit
            limits.linkCount = limit
            limits.attributesPerEvent = limit
            limits.attributesPerLink = limit
            return (MemoryTracing(limits: limits).backend, {})
        }
    }

    private static let misbehaviours: [Misbehaviour] = [
        Misbehaviour(testDescription: "an exporter blocks") {
            let exporter = GatedSpanExporter(isOpen: false)
            var configuration = BatchSpanProcessor.Configuration()
            configuration.maxQueueSize = 10
            configuration.maxExportBatchSize = 1
            let provider = TracerProvider(
                processors: [
                    BatchSpanProcessor(
                        exporter: exporter, configuration: configuration, logSink: RecordingLogSink())
                ], logSink: RecordingLogSink())
            return (.core(provider), { exporter.open() })
        },
        Misbehaviour(testDescription: "an exporter fails") {
            let exporter = GatedSpanExporter(isOpen: true)
            exporter.setFailing(true)
            return (.core(TracerProvider(processors: [SimpleSpanProcessor(exporter: exporter)])), {})
        },
        Misbehaviour(testDescription: "spans never end") {
            let memory = MemoryTracing()
            for _ in 0..<10_000 { _ = memory.backend.startSpan("for ever") }
            return (memory.backend, {})
        },
        limited(0), limited(1), limited(-1),
        Misbehaviour(testDescription: "a sampler takes its time") {
            (MemoryTracing(sampler: .custom(SlowRule())).backend, {})
        },
        Misbehaviour(testDescription: "another tracer writes and reads nonsense") { (.external(NonsenseTracer()), {}) },
    ]

    @Test(arguments: misbehaviours)
    func aTracerThatMisbehavesCostsNoMessage(_ misbehaviour: Misbehaviour) async throws {
        let (backend, end) = misbehaviour.tracing()
        defer { end() }
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.tracedProducer(backend)
        let consumer = try kafka.tracedConsumer(backend, group: "g")
        let records = Self.records(60, seed: 5)
        for (index, way) in Way.allCases.enumerated() {
            try await Self.send(Array(records[(index * 20)..<(index * 20 + 20)]), way, with: producer)
        }
        var got: [KafkaMessage] = []
        let received = try await consumer.receive(maxCount: 20, maxWait: .seconds(60))
        try await received.process { got.append(contentsOf: $0) }
        for try await message in consumer.messages {
            try await message.process { got.append(message) }
            try await message.commit()
            if got.count == 40 { break }
        }
        try await consumer.runBatches(maxCount: 20, maxWait: .seconds(60)) { batch in
            got.append(contentsOf: batch)
            consumer.beginShutdown()
        }
        #expect(got.count == 60)
        for (record, message) in zip(records, got) {
            #expect(message.key == record.key?.bytes)
            #expect(message.value == record.value?.bytes)
            #expect(message.headers.users.filter { !NonsenseTracer.names.contains($0.name) } == record.headers.users)
            // A tracer of another library may find a context where there is none, which then stays.
            if backend.externalTracer == nil { #expect(message.headers.count(of: "traceparent") == 1) }
        }
        await producer.shutdown()
        await consumer.shutdown()
    }

    // MARK: Header budget

    @Test(arguments: [false, true])
    func contextNeverPushesAMessageOverTheLimit(external: Bool) async throws {
        let limit = 3000
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let properties = ["message.max.bytes": "\(limit)"]
        let memory = MemoryTracing()
        let plain = try kafka.tracedProducer(.disabled, .init(), properties)
        let traced = try kafka.tracedProducer(
            external ? .external(NonsenseTracer()) : memory.backend, .init(), properties)
        // All sizes up to some that are too large for themselves, with and without own headers.
        let sizes = Array(stride(from: limit - 700, to: limit - 300, by: 20)) + (limit - 300...limit + 10)
        let records = sizes.enumerated().map { index, size in
            KafkaRecord(
                topic: "t", key: index % 2 == 0 ? "key" : nil, value: [UInt8](repeating: 7, count: size),
                headers: index % 3 == 0 ? ["a": "1", "b": nil, "traceparent": "nonsense"] : [:], partition: 0)
        }
        var baggage = Baggage()
        for index in 0..<40 { baggage.set("key\(index)", String(repeating: "x", count: 40)) }
        let state = try #require(TraceState(parsing: "a=" + String(repeating: "y", count: 200) + ",b=2"))
        let parent = SpanContext(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: [.sampled], traceState: state)
        let context = ActiveContext.none.with(span: TraceSpan(propagating: parent)).with(baggage: baggage)
        let tooLarge = await failures(of: records, from: plain)
        #expect(!tooLarge.isEmpty && tooLarge.count < 200)
        let failed = await context.withActive { await failures(of: records, from: traced) }
        // One that was in the way itself ("nonsense") may make room.
        #expect(Set(failed).isSubset(of: tooLarge))

        let reader = try kafka.tracedConsumer(.disabled)
        _ = try await Self.pull(records.count - tooLarge.count, from: reader)
        let messages = try await Self.pull(records.count - failed.count, from: reader)
        #expect(messages.allSatisfy { $0.headers.count(of: "traceparent") <= 1 })
        if !external {
            #expect(messages[0].headers.count(of: "baggage") == 1)
            #expect(messages[0].headers.count(of: "tracestate") == 1)
            #expect(
                messages.contains { $0.headers.count(of: "traceparent") == 1 && $0.headers.count(of: "baggage") == 0 })
            #expect(messages.contains { $0.headers.count(of: "traceparent") == 0 })
        }
        await reader.shutdown()
        await plain.shutdown()
        await traced.shutdown()
    }

    private func failures(of records: [KafkaRecord], from producer: KafkaProducer) async -> [Int] {
        do {
            _ = try await producer.sendBatch(records)
            return []
        } catch let error as KafkaBatchError {
            #expect(error.first?.code == .messageTooLarge)
            return error.failedIndices
        } catch {
            Issue.record(error)
            return []
        }
    }

    @Test(arguments: [-1, 0, 1, 60, 65, 66, 80, 120])
    func anyBudgetIsKept(_ budget: Int) async throws {
        var options = MessagingTracingOptions()
        options.maxHeaderBytes = budget
        let bench = try TracedBench(options: options)
        let state = try #require(TraceState(parsing: "a=1,b=2,c=3"))
        let parent = SpanContext(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: [.sampled], traceState: state)
        let context = ActiveContext.none.with(span: TraceSpan(propagating: parent))
            .with(baggage: try #require(Baggage(header: "tenant=a,user=b")))
        try await context.withActive {
            _ = try await bench.producer.send(.init(topic: "t", value: "v", headers: ["a": "1"], partition: 0))
            try await bench.fill(1)
        }
        for message in try await Self.pull(2, from: bench.consumer) {
            let ours = message.headers.filter { $0.name != "a" }
            let size = ours.reduce(0) { $0 + $1.nameBytes.count + ($1.value?.count ?? 0) }
            #expect(size <= max(0, budget))
            #expect(message.headers.count(of: "traceparent") == (budget >= 66 ? 1 : 0))
        }
        await bench.end()
    }
}

/// A sampler that holds whoever asks it.
private struct SlowRule: SamplingRule {
    var description: String { "SlowRule" }
    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        Thread.sleep(forTimeInterval: 0.002)
        return SamplingResult(.recordAndSample)
    }
}

/// Somebody else's tracer at its worst.
private struct NonsenseTracer: ExternalTracer {
    static let names = ["huge", "large", "n\u{FFFD}", "x"]

    func startSpan(
        _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes, links: SpanLinks,
        at time: Timestamp?
    ) -> any ExternalSpan { NonsenseSpan() }

    func inject(_ context: ActiveContext) -> [(name: String, value: String)] {
        [
            ("", "no name"), ("traceparent", "first"), ("traceparent", "garbage"), ("tracestate", ""), ("n\0ul", "v"),
            ("x", "v\0v"), ("huge", String(repeating: "h", count: 2_000_000)),
            ("large", String(repeating: "l", count: 7_000)),
        ]
    }

    func extract(_ headers: [(name: String, value: String)]) -> ActiveContext? {
        headers.count % 2 == 0 ? nil : ActiveContext.none.with(span: TraceSpan(propagating: .invalid))
    }
}

private struct NonsenseSpan: ExternalSpan {
    var spanContext: SpanContext { .invalid }
    var activeContext: ActiveContext { .none }
    var isRecording: Bool { false }
    func updateName(_ name: String) {}
    func setAttributes(_ attributes: Attributes) {}
    func addEvent(_ event: TraceSpan.Event) {}
    func recordError(_ error: any Error, attributes: Attributes, at time: Timestamp?) {}
    func addLink(_ link: TraceSpan.Link) {}
    func setStatus(_ status: TraceSpan.Status) {}
    func end(at time: Timestamp?) {}
}
