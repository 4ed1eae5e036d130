import SpanlinkRuntime
import TracingCore

struct Failure: Error, Equatable, CustomStringConvertible {
    var description: String { "it failed" }
}

/// A sampler that always says the same.
struct FixedRule: SamplingRule {
    let result: SamplingResult

    init(_ result: SamplingResult) { self.result = result }

    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult { result }
    var description: String { "Fixed{\(result.decision)}" }
}

/// Keeps the spans it is told of.
final class CountingProcessor: SpanProcessor {
    private let state = Mutex<(started: Int, ended: [RecordingSpan])>((0, []))

    var startCount: Int { state.withLock { $0.started } }
    var ended: [RecordingSpan] { state.withLock { $0.ended } }

    func onStart(_ span: RecordingSpan, parent: ActiveContext) { state.withLock { $0.started += 1 } }
    func onEnd(_ span: RecordingSpan) { state.withLock { $0.ended.append(span) } }
    func forceFlush(deadline: ContinuousClock.Instant) async -> Bool { true }
    func shutdown(deadline: ContinuousClock.Instant) async -> Bool { true }
}

/// Links of numbers: the context of number n, and an attribute n. Number 0 has no context.
final class NumberLinks: PackedLinks {
    let numbers: [UInt64]
    let hasAttributes: Bool

    init(_ numbers: some Sequence<UInt64>, hasAttributes: Bool = true) {
        self.numbers = Array(numbers)
        self.hasAttributes = hasAttributes
    }

    static func context(_ number: UInt64) -> SpanContext {
        number == 0 ? .invalid : SpanContext(traceID: TraceID(high: 0, low: number), spanID: SpanID(number))
    }

    var count: Int { numbers.count }
    func context(at index: Int) -> SpanContext { Self.context(numbers[index]) }
    func attributes(at index: Int) -> Attributes {
        hasAttributes ? ["n": .int(Int64(numbers[index])), "m": "text"] : [:]
    }
    var estimatedSize: Int { 64 * count }
}
