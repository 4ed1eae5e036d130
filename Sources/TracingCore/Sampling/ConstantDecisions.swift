/// The decisions of a sampler that follow from the parent alone: whether there is one, is remote, and is sampled.
///
/// Looked up for every span, without a copy of the sampler.
struct ConstantDecisions: Sendable {
    private let root: SamplingResult.Decision?
    private let remoteSampled: SamplingResult.Decision?
    private let remoteNotSampled: SamplingResult.Decision?
    private let localSampled: SamplingResult.Decision?
    private let localNotSampled: SamplingResult.Decision?

    init(_ sampler: Sampler) {
        func decision(isRemote: Bool, flags: TraceFlags) -> SamplingResult.Decision? {
            sampler.constantDecision(
                for: SpanContext(
                    traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), traceFlags: flags, isRemote: isRemote))
        }
        root = sampler.constantDecision(for: nil)
        remoteSampled = decision(isRemote: true, flags: .sampled)
        remoteNotSampled = decision(isRemote: true, flags: [])
        localSampled = decision(isRemote: false, flags: .sampled)
        localNotSampled = decision(isRemote: false, flags: [])
    }

    /// The decision for a span under a valid parent, or for a root; `nil` if the sampler has to be asked.
    @inline(__always)
    subscript(parent: SpanContext?) -> SamplingResult.Decision? {
        guard let parent else { return root }
        return switch (parent.isRemote, parent.isSampled) {
        case (true, true): remoteSampled
        case (true, false): remoteNotSampled
        case (false, true): localSampled
        case (false, false): localNotSampled
        }
    }
}
