extension Sampler {
    /// Records every span, and samples those that `root` samples (OpenTelemetry trace SDK, "AlwaysRecord").
    ///
    /// A span that `root` drops reaches the processors of the provider, which may derive metrics from it; it is not exported,
    /// and its context goes on with sampled = 0.
    public static func alwaysRecord(_ root: Sampler) -> Sampler {
        Sampler(.alwaysRecord(AlwaysRecordRule(root: root)))
    }
}

struct AlwaysRecordRule: Sendable, CustomStringConvertible {
    let root: Sampler

    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        var result = root.shouldSample(parameters)
        result.decision = Self.raised(result.decision)
        return result
    }

    static func raised(_ decision: SamplingResult.Decision) -> SamplingResult.Decision {
        decision == .drop ? .recordOnly : decision
    }

    var description: String { "AlwaysRecordSampler{\(root)}" }
}
