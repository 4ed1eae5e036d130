import TestSupport
import TracingCore

#if DistributedTracing
import DistributedTracingBridge
import InMemoryTracing
import Tracing
#endif

/// The recorder of a golden case: the core, read back from exported JSON lines, with spans as bytes and as objects, and with
/// the trait another library's tracer as the backend. The tables are the same.
enum GoldenTracer: String, CaseIterable, Sendable {
    case core
    case coreWithSpanObjects
    #if DistributedTracing
    case inMemoryTracer
    #endif

    func make() -> any GoldenRecording {
        switch self {
        case .core: FileTracing(path: .bytes)
        case .coreWithSpanObjects: FileTracing(path: .objects)
        #if DistributedTracing
        case .inMemoryTracer: InMemoryRecording()
        #endif
        }
    }
}

/// A backend and what it has recorded.
protocol GoldenRecording {
    var backend: TracingBackend { get }
    func spans() throws -> [ExportedSpan]
}

extension FileTracing: GoldenRecording {}

extension GoldenRecording {
    /// The headers with which an author gives a message the context of `span`.
    func headers(of span: TraceSpan) -> [(name: String, value: String)] {
        backend.externalTracer?.inject(span.activeContext) ?? [("traceparent", TraceParent.string(span.context))]
    }
}

#if DistributedTracing
/// swift-distributed-tracing's own tracer for tests, as the backend of our clients.
struct InMemoryRecording: GoldenRecording {
    private let tracer = InMemoryTracer()
    var backend: TracingBackend { .distributedTracing(tracer) }

    func spans() throws -> [ExportedSpan] {
        tracer.finishedSpans.map { span in
            ExportedSpan(
                traceID: span.spanContext.traceID, spanID: span.spanContext.spanID,
                parentSpanID: span.spanContext.parentSpanID, name: span.operationName,
                kind: "\(span.kind)".uppercased(), status: span.status?.code == .error ? "ERROR" : "UNSET",
                statusMessage: span.status?.message, attributes: values(span.attributes),
                links: span.links.map { link in
                    let target = link.context.inMemorySpanContext
                    return ExportedSpan.Link(
                        traceID: target?.traceID ?? "0", spanID: target?.spanID ?? "0", flags: 0,
                        attributes: values(link.attributes))
                })
        }
    }

    private func values(_ attributes: SpanAttributes) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        attributes.forEach { key, attribute in
            values[key] =
                switch attribute.toSpanAttribute() {
                case .string(let value): .string(value)
                case .bool(let value): .bool(value)
                case .int64(let value): .int(value)
                case .int32(let value): .int(Int64(value))
                case .double(let value): .double(value)
                default: .string("an attribute of another kind: \(attribute)")
                }
        }
        return values
    }
}
#endif
