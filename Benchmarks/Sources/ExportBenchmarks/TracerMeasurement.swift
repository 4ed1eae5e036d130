import BenchmarkSupport
import CMallocCounter
import COTLPBaseline
import Foundation
import MessagingTracing
import OTLPFormat
import Synchronization
import TracingCore

/// A span from its start to bytes that are ready to post, beside plain C that does the same: ids, two readings of a clock,
/// the same bytes.
struct TracerMeasurement {
    /// Records one span with a provider.
    typealias Record = (TracingBackend, Int) -> Void

    private var result: Case
    private let allocations: Double?
    private let note: String

    /// `nil` if the two do not write the same number of bytes.
    ///
    /// - Parameter flushInterval: the number of spans after which all are awaited, so that large ones do not fill the queue.
    init?(name: String, spans: Int, rounds: Int, flushInterval: Int = .max, record: Record) {
        let sample = Self.sample(record)
        let counter = Counter()
        let backend = counter.backend()
        let plain = PlainTracer(sample)

        record(backend, 0)
        let counted = min(1_000, flushInterval)
        let before = Self.allocationsOfThisThread { for index in 0..<counted { record(backend, index) } }
        allocations = before.map { Double($0) / Double(counted) }
        counter.wait()

        result = Case(name: name)
        for _ in 0..<rounds {
            let c = plain.nanoseconds(spans)
            let start = baseline_process_time()
            for index in 0..<spans {
                record(backend, index)
                if index % flushInterval == flushInterval - 1 { counter.wait() }
            }
            counter.wait()
            let swift = Double(baseline_process_time() - start) / Double(spans)
            result.add(c: c, swift: swift)
        }
        let lost = backend.tracerProvider?.lostSpans.values.reduce(0, +) ?? 0
        let perSpan = counter.bytesPerSpan
        note = String(format: "%.0f bytes a span (C %.0f), %d lost", perSpan, plain.bytesPerSpan, lost)
    }

    var line: String {
        result.line + "   " + (allocations.map { String(format: "%.2f allocations a span, ", $0) } ?? "") + note
    }

    /// Records spans of one case, for a profiler.
    static func profile(_ number: Int, count: Int) {
        let counter = Counter()
        let backend = counter.backend()
        let record =
            switch number {
            case 0: sendSpanRecord()
            case 1: handlerSpanRecord()
            default: batchSpanRecord(links: 500)
            }
        for index in 0..<count { record(backend, index) }
        counter.wait()
    }

    private static func allocationsOfThisThread(_ body: () -> Void) -> Int64? {
        guard malloc_counter_is_available() else { return nil }
        malloc_counter_start()
        body()
        return malloc_counter_stop()
    }

    /// The span that `record` makes, as an object.
    private static func sample(_ record: Record) -> SpanData {
        let memory = InMemorySpanExporter()
        record(
            .core(
                TracerProvider(
                    resource: Workload.resource, processors: [SimpleSpanProcessor(exporter: memory)],
                    logSink: NoLogSink())), 0)
        return memory.finishedSpans[0]
    }
}

/// Counts the bytes of requests that are ready to post.
private final class Counter: Sendable {
    private let processor: BatchSpanProcessor
    private let counts: Counts

    private final class Counts: Sendable {
        let bytes = Atomic<Int>(0)
        let spans = Atomic<Int>(0)
    }

    init() {
        let counts = Counts()
        self.counts = counts
        processor = BatchSpanProcessor(
            exporter: OTLPRequestExporter { body, count, _ in
                counts.bytes.add(body.count, ordering: .relaxed)
                counts.spans.add(count, ordering: .relaxed)
                return true
            }, logSink: NoLogSink())
    }

    func backend() -> TracingBackend {
        .core(TracerProvider(resource: Workload.resource, processors: [processor], logSink: NoLogSink()))
    }

    var bytesPerSpan: Double {
        Double(counts.bytes.load(ordering: .relaxed)) / Double(max(1, counts.spans.load(ordering: .relaxed)))
    }

    /// Returns once everything that was recorded is in requests.
    func wait() {
        let done = DispatchSemaphore(value: 0)
        let processor = processor
        Task.detached {
            _ = await processor.forceFlush(deadline: .now + .seconds(600))
            done.signal()
        }
        done.wait()
    }
}

/// The same spans recorded by plain C.
private final class PlainTracer {
    private var tracer = baseline_tracer()
    private var span: baseline_span

    init(_ sample: SpanData) {
        span = baseline_span(sample)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 128 << 20)
        buffer.initialize(repeating: 0)
        tracer.resource = baseline_attributes(Workload.resource.attributes)
        tracer.scope_name = baseline_text(sample.scope.name)
        tracer.scope_version = baseline_text(sample.scope.version ?? "")
        (tracer.buffer, tracer.capacity, tracer.limit) = (buffer.baseAddress!, buffer.count, 512)
        tracer.random = (1, 2, 3, 4)
    }

    func nanoseconds(_ count: Int) -> Double {
        let start = baseline_process_time()
        for _ in 0..<count { baseline_record(&tracer, &span) }
        baseline_flush(&tracer)
        return Double(baseline_process_time() - start) / Double(count)
    }

    var bytesPerSpan: Double { Double(tracer.bytes) / Double(max(1, tracer.spans)) }
}

extension TracerMeasurement {
    /// A send span of eight attributes, six of them shared.
    static func sendSpan(_ spans: Int, rounds: Int) -> TracerMeasurement? {
        TracerMeasurement(name: "a span with 8 attributes", spans: spans, rounds: rounds, record: sendSpanRecord())
    }

    static func sendSpanRecord() -> Record {
        let template = SpanTemplate(
            name: "send orders",
            attributes: AttributeSet([
                "messaging.system": "kafka", "messaging.operation.type": "send", "messaging.operation.name": "send",
                "messaging.destination.name": "orders", "server.address": "broker.example.com", "server.port": 9092,
            ]), scope: Workload.scope)
        let partition = AttributeKey.named("messaging.destination.partition.id")
        let offset = AttributeKey.named("messaging.kafka.offset")
        return { backend, index in
            let span = backend.startDeferredSpan(template, kind: .producer, parent: .root)
            span.end(
                template,
                lateAttributes: { list in
                    list.append(partition, digitsOf: Int32(truncatingIfNeeded: index % 10))
                    list.append(offset, 1_000_000 + index)
                })
        }
    }

    /// A span that a handler may change: an object, ended by the same thread.
    static func handlerSpan(_ spans: Int, rounds: Int) -> TracerMeasurement? {
        TracerMeasurement(name: "the same as an object", spans: spans, rounds: rounds, record: handlerSpanRecord())
    }

    private static func handlerSpanRecord() -> Record {
        let shared = AttributeSet([
            "messaging.system": "kafka", "messaging.operation.type": "process", "messaging.operation.name": "process",
            "messaging.destination.name": "orders", "server.address": "broker.example.com", "server.port": 9092,
        ])
        return { backend, index in
            var attributes = Attributes(on: shared, capacity: 2)
            attributes.append("messaging.destination.partition.id", "7")
            attributes.append("messaging.kafka.offset", .int(1_000_000 + index))
            backend.startSpan(
                "process orders", kind: .consumer, parent: .root, attributes: attributes, scope: Workload.scope
            ).end()
        }
    }

    /// A batch span with a link of four attributes to each message.
    static func batchSpan(links count: Int, _ spans: Int, rounds: Int) -> TracerMeasurement? {
        TracerMeasurement(
            name: "a span with \(count) links", spans: spans, rounds: rounds, flushInterval: 100,
            record: batchSpanRecord(links: count))
    }

    private static func batchSpanRecord(links count: Int) -> Record {
        let instrumentation = MessagingInstrumentation(
            system: .kafka,
            client: .init(serverAddress: "broker.example.com", serverPort: 9092, consumerGroup: "settlement"),
            library: "spanlink.kafka", version: "1.0.0")
        let channel = instrumentation.channel(to: MessageDestination("orders"))
        var builder = MessageLinksBuilder(instrumentation, backend: .disabled, capacity: count)
        for index in 0..<count { builder.append(BenchmarkMessage(index: index, channel: channel)) }
        guard let links = builder.build() else { fatalError("A batch has messages") }
        return { backend, _ in
            if TracingBackend.global.tracerProvider !== backend.tracerProvider { TracingBackend.global = backend }
            instrumentation.startProcess(links, in: nil).succeed()
        }
    }
}

/// A message with a traceparent, a key, an offset and a timestamp.
private struct BenchmarkMessage: TracedMessage {
    let index: Int
    let channel: MessageChannel

    func state(_ facts: inout MessageFacts) {
        facts.partition = Int32(index % 64)
        facts.position = Int64(1_000_000 + index)
        facts.key = .text("order-\(index % 1_000)")
        facts.timestamp = Timestamp(nanosecondsSinceEpoch: Timestamp.now.nanosecondsSinceEpoch - 5_000_000)
    }

    func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        let context = SpanContext(
            traceID: TraceID(high: 0x1234_5678_9ABC_DEF0, low: UInt64(index + 1)), spanID: SpanID(UInt64(index + 1)),
            traceFlags: [.sampled, .random])
        for (name, value) in TextMapPropagator(.traceContext).inject(context) {
            Array(name.utf8).withUnsafeBytes { name in Array(value.utf8).withUnsafeBytes { read(name, $0) } }
        }
    }
}
