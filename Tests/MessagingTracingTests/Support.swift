import MessagingTracing
import TracingCore

/// A tracer in memory and a queue that records with it.
struct Bench {
    let exporter = InMemorySpanExporter()
    let metrics = InMemoryMetricReader()
    let backend: TracingBackend
    let queue: MemoryQueue

    init(
        sampler: Sampler = .parentBased(root: .alwaysOn), group: String? = nil,
        propagator: TextMapPropagator = TextMapPropagator(),
        _ change: (inout MessagingTracingOptions) -> Void = { _ in }
    ) {
        backend = .core(
            TracerProvider(
                processors: [SimpleSpanProcessor(exporter: exporter)], sampler: sampler,
                propagator: propagator, meterProvider: MeterProvider(readers: [metrics])))
        var options = MessagingTracingOptions()
        change(&options)
        let system = MessagingSystem(
            name: "memory", positionAttribute: "memory.position", keyAttribute: "memory.key",
            consumerGroupAttribute: MessagingAttribute.consumerGroupName)
        queue = MemoryQueue(
            "orders",
            MessagingInstrumentation(
                system: system, client: .init(consumerGroup: group), options: options, backend: backend,
                library: "memory-queue"))
    }

    var spans: [SpanData] { exporter.finishedSpans }

    func span(_ name: String) -> SpanData { spans.first { $0.name == name }! }

    func links(_ messages: [QueueMessage]) -> MessageLinks {
        var builder = MessageLinksBuilder(queue.instrumentation, backend: backend, capacity: messages.count)
        for message in messages { builder.append(message) }
        return builder.build()!
    }
}

extension QueueMessage {
    func header(_ name: String) -> [String] {
        headers.filter { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    mutating func add(_ name: String, _ value: String) { headers.append((name, Array(value.utf8))) }
}

let authored = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

struct Failure: Error {}
