extension Sampler {
    /// Records the given share of traces, decided by the trace id alone (OpenTelemetry trace SDK, "TraceIdRatioBased").
    ///
    /// `ratio` is held within 0…1. Use it at the root of ``parentBased(root:remoteParentSampled:remoteParentNotSampled:localParentSampled:localParentNotSampled:)``.
    public static func traceIDRatio(_ ratio: Double) -> Sampler { Sampler(.traceIDRatio(TraceIDRatioRule(ratio))) }
}

struct TraceIDRatioRule: Sendable, CustomStringConvertible {
    private let ratio: Double
    private let threshold: RejectionThreshold

    init(_ ratio: Double) {
        self.ratio = ratio.isNaN ? 0 : min(1, max(0, ratio))
        self.threshold = RejectionThreshold(probability: self.ratio)
    }

    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        SamplingResult(threshold.keeps(parameters.traceID.randomness) ? .recordAndSample : .drop)
    }

    var description: String { "TraceIdRatioBased{\(ratio)}" }
}
