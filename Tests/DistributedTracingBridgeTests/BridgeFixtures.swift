#if DistributedTracing
import Tracing
import TracingCore

@testable import DistributedTracingBridge

/// The core, recording into memory.
struct CoreFixture {
    let exporter = InMemorySpanExporter()
    let provider: TracerProvider
    let instrument: SpanlinkTracer

    init(sampler: Sampler = .parentBased(root: .alwaysOn), limits: SpanLimits = SpanLimits()) {
        provider = TracerProvider(
            processors: [SimpleSpanProcessor(exporter: exporter)], sampler: sampler, limits: limits)
        instrument = SpanlinkTracer(provider)
    }

    var backend: TracingBackend { .core(provider) }

    /// The finished spans by name.
    var spans: [String: SpanData] {
        Dictionary(exporter.finishedSpans.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// A key of some other library.
enum RequestIDKey: ServiceContextKey {
    typealias Value = String
}

extension ServiceContext {
    var requestID: String? {
        get { self[RequestIDKey.self] }
        set { self[RequestIDKey.self] = newValue }
    }
}

/// Headers as an HTTP library has them.
struct DictionaryAccess: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

struct Instant: TracerInstant {
    var nanosecondsSinceEpoch: UInt64
    static func < (one: Instant, other: Instant) -> Bool { one.nanosecondsSinceEpoch < other.nanosecondsSinceEpoch }
}

struct Trouble: Error, CustomStringConvertible {
    var description: String { "out of coffee" }
}

func w3c(_ trace: UInt64, _ span: UInt64, flags: TraceFlags = .sampled, isRemote: Bool = true) -> SpanContext {
    SpanContext(
        traceID: TraceID(high: trace, low: trace), spanID: SpanID(span), traceFlags: flags, isRemote: isRemote)
}
#endif
