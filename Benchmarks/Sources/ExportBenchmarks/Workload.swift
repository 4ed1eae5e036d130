import TracingCore

/// Spans as the adapters record them, to be encoded.
struct Workload {
    let name: String
    let spans: [SpanData]

    /// A batch of send spans, as a busy producer fills it.
    static func sendSpans(_ count: Int) -> Workload {
        Workload(name: "\(count) send spans") { backend in
            for index in 0..<count {
                backend.startSpan(
                    "send orders", kind: .producer, parent: .root,
                    attributes: [
                        "messaging.system": "kafka", "messaging.operation.type": "send",
                        "messaging.operation.name": "send", "messaging.destination.name": "orders",
                        "messaging.destination.partition.id": "\(index % 64)",
                        "messaging.kafka.offset": .int(index * 1_000), "server.address": "broker.example.com",
                        "server.port": 9092,
                    ], scope: scope
                ).end()
            }
        }
    }

    /// One batch that was processed: its links have what differs from message to message.
    static func batchSpan(links: Int) -> Workload {
        Workload(name: "a batch span with \(links) links") { backend in
            let links = (0..<links).map { (index: Int) -> TraceSpan.Link in
                let attributes: Attributes = [
                    "messaging.destination.partition.id": "\(index % 64)",
                    "messaging.kafka.offset": .int(index * 1_000), "messaging.kafka.message.key": "order-\(index)",
                    "messaging.message.body.size": 100,
                ]
                return TraceSpan.Link(
                    SpanContext(
                        traceID: TraceID(high: 0x1234_5678_9ABC_DEF0, low: UInt64(index + 1)),
                        spanID: SpanID(UInt64(index + 1)), traceFlags: [.sampled, .random], isRemote: true),
                    attributes: attributes)
            }
            backend.startSpan(
                "process orders", kind: .consumer, parent: .root,
                attributes: [
                    "messaging.system": "kafka", "messaging.operation.type": "process",
                    "messaging.operation.name": "process", "messaging.destination.name": "orders",
                    "messaging.consumer.group.name": "settlement", "messaging.batch.message_count": .int(links.count),
                    "server.address": "broker.example.com", "server.port": 9092,
                ], links: SpanLinks(links), linkLimit: links.count, scope: scope
            ).end()
        }
    }

    static let scope = InstrumentationScope(name: "spanlink.kafka", version: "1.0.0")
    static let resource = Resource(attributes: [
        "service.name": "orders", "service.version": "1.2.3", "host.name": "host-1", "process.pid": 4711,
        "telemetry.sdk.name": "spanlink", "telemetry.sdk.language": "swift",
    ])

    private init(name: String, _ record: (TracingBackend) -> Void) {
        self.name = name
        let memory = InMemorySpanExporter()
        record(
            .core(
                TracerProvider(
                    resource: Self.resource, processors: [SimpleSpanProcessor(exporter: memory)],
                    logSink: NoLogSink())))
        spans = memory.finishedSpans
    }
}
