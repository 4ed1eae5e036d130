/// Decides when a span starts whether it is recorded (OpenTelemetry trace SDK, "Sampling").
///
/// A sampler sees the parent, and the attributes and links that the span starts with; nothing that is added later.
public struct Sampler: Sendable {
    indirect enum Rule: Sendable {
        case alwaysOn
        case alwaysOff
        case traceIDRatio(TraceIDRatioRule)
        case consistentProbability(ConsistentProbabilityRule)
        case parentBased(ParentBasedRule)
        case linkBased(LinkBasedRule)
        case alwaysRecord(AlwaysRecordRule)
        case custom(any SamplingRule)
    }

    let rule: Rule

    init(_ rule: Rule) { self.rule = rule }

    /// Records every span.
    public static let alwaysOn = Sampler(.alwaysOn)

    /// Records no span; contexts are passed on with sampled = 0.
    public static let alwaysOff = Sampler(.alwaysOff)

    /// A rule of your own.
    public static func custom(_ rule: any SamplingRule) -> Sampler { Sampler(.custom(rule)) }

    /// The decision for a span that is about to start.
    public func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        switch rule {
        case .alwaysOn: SamplingResult(.recordAndSample)
        case .alwaysOff: SamplingResult(.drop)
        case .traceIDRatio(let rule): rule.shouldSample(parameters)
        case .consistentProbability(let rule): rule.shouldSample(parameters)
        case .parentBased(let rule): rule.delegate(for: parameters.parent).shouldSample(parameters)
        case .linkBased(let rule): rule.shouldSample(parameters)
        case .alwaysRecord(let rule): rule.shouldSample(parameters)
        case .custom(let rule): rule.shouldSample(parameters)
        }
    }

    /// The decision if it follows from the parent alone, as it mostly does: without the parameters' copies.
    func constantDecision(for parent: SpanContext?) -> SamplingResult.Decision? {
        switch rule {
        case .alwaysOn: .recordAndSample
        case .alwaysOff: .drop
        case .parentBased(let rule): rule.delegate(for: parent).constantDecision(for: parent)
        case .alwaysRecord(let rule): rule.root.constantDecision(for: parent).map(AlwaysRecordRule.raised)
        default: nil
        }
    }
}

/// A sampling rule of your own; called for every span, from any thread.
public protocol SamplingRule: Sendable, CustomStringConvertible {
    /// The decision for a span that is about to start.
    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult
}

/// What a sampler decides by.
public struct SamplingParameters: Sendable {
    /// The parent's context, `nil` for the root of a trace.
    public var parent: SpanContext?
    /// The trace that the span will belong to.
    public var traceID: TraceID
    /// The span's name.
    public var name: String
    /// Its role.
    public var kind: TraceSpan.Kind
    /// What it starts with.
    public var attributes: Attributes
    /// What it links to from the start.
    public var links: SpanLinks

    /// Parameters for one decision.
    public init(
        parent: SpanContext? = nil, traceID: TraceID, name: String, kind: TraceSpan.Kind = .internal,
        attributes: Attributes = [:], links: SpanLinks = .none
    ) {
        self.parent = parent
        self.traceID = traceID
        self.name = name
        self.kind = kind
        self.attributes = attributes
        self.links = links
    }
}

/// What a sampler decided.
public struct SamplingResult: Sendable, Hashable {
    /// Whether a span is recorded, and whether it is exported.
    public enum Decision: Sendable, Hashable {
        /// Not recorded; its context goes on with sampled = 0.
        case drop
        /// Recorded for processors, not exported, sampled = 0.
        case recordOnly
        /// Recorded and exported, sampled = 1.
        case recordAndSample
    }

    /// The decision.
    public var decision: Decision
    /// Attributes that the sampler adds to the span.
    public var attributes: Attributes = [:]
    /// The span's tracestate; `nil` keeps the parent's.
    public var traceState: TraceState?

    /// A decision.
    public init(_ decision: Decision, attributes: Attributes = [:], traceState: TraceState? = nil) {
        self.decision = decision
        self.attributes = attributes
        self.traceState = traceState
    }
}

extension Sampler: CustomStringConvertible {
    public var description: String {
        switch rule {
        case .alwaysOn: "AlwaysOnSampler"
        case .alwaysOff: "AlwaysOffSampler"
        case .traceIDRatio(let rule): rule.description
        case .consistentProbability(let rule): rule.description
        case .parentBased(let rule): rule.description
        case .linkBased(let rule): rule.description
        case .alwaysRecord(let rule): rule.description
        case .custom(let rule): String(describing: rule)
        }
    }
}
