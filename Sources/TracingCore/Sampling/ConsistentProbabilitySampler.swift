extension Sampler {
    /// What a consistent-probability sampler draws its randomness from when it starts a trace.
    public enum RandomnessSource: Sendable, Hashable {
        /// The new trace's own id.
        case ownTrace
        /// The linked traces: the largest of their random values, so that a batch span is kept whenever a sampler with the
        /// same probability kept one of its producers. Without links, the trace's own id.
        case links
    }

    /// Keeps the given share of traces and says so in the tracestate (`ot=th:…`), so that every sampler that follows the
    /// convention decides alike for the same trace (OpenTelemetry, "Probability sampling"; in development there).
    ///
    /// `probability` is held within 0…1. A parent's explicit randomness (`rv`) is used and kept.
    public static func consistentProbability(
        _ probability: Double, randomness: RandomnessSource = .ownTrace
    ) -> Sampler {
        Sampler(.consistentProbability(ConsistentProbabilityRule(probability, source: randomness)))
    }
}

struct ConsistentProbabilityRule: Sendable, CustomStringConvertible {
    private let probability: Double
    private let threshold: RejectionThreshold
    private let source: Sampler.RandomnessSource

    init(_ probability: Double, source: Sampler.RandomnessSource) {
        self.probability = probability.isNaN ? 0 : min(1, max(0, probability))
        self.threshold = RejectionThreshold(probability: self.probability)
        self.source = source
    }

    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        var state = parameters.parent?.traceState ?? TraceState()
        var randomness = state.otRandomness ?? parameters.traceID.randomness
        // Only the root of a trace may choose the trace's randomness.
        if parameters.parent == nil, source == .links, let linked = Self.randomness(of: parameters.links) {
            randomness = linked
            state.otRandomness = linked
        }
        let keeps = threshold.keeps(randomness)
        state.otRejectionThreshold = keeps ? threshold.value : nil
        return SamplingResult(keeps ? .recordAndSample : .drop, traceState: state)
    }

    private static func randomness(of links: SpanLinks) -> UInt64? {
        var largest: UInt64?
        for index in 0..<links.count {
            let context = links.context(at: index)
            guard context.isValid else { continue }
            let randomness = context.traceState.otRandomness ?? context.traceID.randomness
            largest = max(largest ?? 0, randomness)
        }
        return largest
    }

    var description: String { "ConsistentProbability{\(probability),\(source)}" }
}
