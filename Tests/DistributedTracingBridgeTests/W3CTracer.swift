#if DistributedTracing
import InMemoryTracing
import SpanlinkRuntime
import Tracing

/// Somebody else's tracer that speaks W3C, which `InMemoryTracer` does not. (`InMemorySpan.traceID` of 1.3.0 is the span's
/// id: tests ask its `spanContext`.)
struct W3CTracer: Tracer {
    let memory: InMemoryTracer

    init() {
        let last = LastID()
        memory = InMemoryTracer(
            idGenerator: .init(nextTraceID: { last.next(digits: 32) }, nextSpanID: { last.next(digits: 16) }))
    }

    private final class LastID: Sendable {
        private let value = Atomic(0)
        func next(digits: Int) -> String {
            let hex = String(value.add(1, ordering: .relaxed).newValue, radix: 16)
            return String(repeating: "0", count: digits - hex.count) + hex
        }
    }

    /// The finished spans by name.
    var spans: [String: FinishedInMemorySpan] { memory.spans }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> InMemorySpan {
        memory.startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID, line: line
        )
    }

    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.inMemorySpanContext else { return }
        injector.inject("00-\(span.traceID)-\(span.spanID)-01", forKey: "traceparent", into: &carrier)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let value = extractor.extract(key: "traceparent", from: carrier) else { return }
        let parts = value.split(separator: "-").map(String.init)
        context.inMemorySpanContext = InMemorySpanContext(traceID: parts[1], spanID: parts[2], parentSpanID: nil)
    }
}

extension InMemoryTracer {
    /// The finished spans by name.
    var spans: [String: FinishedInMemorySpan] {
        Dictionary(finishedSpans.map { ($0.operationName, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// An instrument beside the tracer, with a header of its own.
struct RequestIDInstrument: Instrument {
    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        if let id = context.requestID { injector.inject(id, forKey: "x-request-id", into: &carrier) }
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        context.requestID = extractor.extract(key: "x-request-id", from: carrier)
    }
}
#endif
