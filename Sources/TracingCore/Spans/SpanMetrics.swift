/// What the tracer says of its spans (OpenTelemetry conventions, `otel.sdk.span.started` and `otel.sdk.span.live`).
struct SpanMetrics: Sendable {
    private let isEnabled: Bool
    /// By decision, then by where the parent is.
    private let started: [[BoundCounter]]
    private let liveSampled: BoundUpDownCounter
    private let liveRecorded: BoundUpDownCounter

    init(meterProvider: MeterProvider) {
        isEnabled = meterProvider.isEnabled
        let started = meterProvider.counter(
            name: "otel.sdk.span.started", unit: "{span}", description: "Spans that were started, recorded or not.",
            scope: .core)
        let live = meterProvider.upDownCounter(
            name: "otel.sdk.span.live", unit: "{span}", description: "Recorded spans that have not ended.", scope: .core
        )
        let results = ["DROP", "RECORD_ONLY", "RECORD_AND_SAMPLE"]
        self.started = results.map { result in
            ["none", "local", "remote"].map { origin in
                started.bind([Self.samplingResult: .string(result), "otel.span.parent.origin": .string(origin)])
            }
        }
        liveRecorded = live.bind([Self.samplingResult: .string(results[1])])
        liveSampled = live.bind([Self.samplingResult: .string(results[2])])
    }

    private static let samplingResult = "otel.span.sampling_result"

    func started(_ decision: SamplingResult.Decision, parent: SpanContext?) {
        guard isEnabled else { return }
        let result =
            switch decision {
            case .drop: 0
            case .recordOnly: 1
            case .recordAndSample: 2
            }
        started[result][parent.map { $0.isRemote ? 2 : 1 } ?? 0].add(1, context: .invalid)
        if decision != .drop { (decision == .recordAndSample ? liveSampled : liveRecorded).add(1, context: .invalid) }
    }

    func ended(isSampled: Bool) {
        if isEnabled { (isSampled ? liveSampled : liveRecorded).add(-1, context: .invalid) }
    }
}
