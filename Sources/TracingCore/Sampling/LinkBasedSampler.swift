extension Sampler {
    /// How many of a span's links must be sampled.
    public enum LinkedShare: Sendable, Hashable {
        /// One is enough.
        case any
        /// Every one.
        case all
        /// At least this share, 0…1, of those with a valid context.
        case share(Double)
    }

    /// Records a span when enough of the spans it links to were sampled: what a fan-in consumer wants, whose spans are
    /// roots of their own traces.
    ///
    /// Only links given at the start count, and of them only those with a valid context. By default a span whose links are
    /// not sampled enough is dropped, and a span without links is recorded.
    ///
    /// - Parameters:
    ///   - share: how many must be sampled.
    ///   - whenNoneIsSampled: decides when there are links and not enough are sampled.
    ///   - whenThereAreNone: decides when there is no link.
    public static func linkBased(
        _ share: LinkedShare = .any, whenNoneIsSampled: Sampler = .alwaysOff, whenThereAreNone: Sampler = .alwaysOn
    ) -> Sampler {
        Sampler(.linkBased(LinkBasedRule(share: share, notEnough: whenNoneIsSampled, noLinks: whenThereAreNone)))
    }
}

struct LinkBasedRule: Sendable, CustomStringConvertible {
    let share: Sampler.LinkedShare
    let notEnough: Sampler
    let noLinks: Sampler

    func shouldSample(_ parameters: SamplingParameters) -> SamplingResult {
        var valid = 0
        var sampled = 0
        for index in 0..<parameters.links.count {
            let context = parameters.links.context(at: index)
            guard context.isValid else { continue }
            valid += 1
            guard context.isSampled else { continue }
            sampled += 1
            if case .any = share { return SamplingResult(.recordAndSample) }
        }
        guard valid > 0 else { return noLinks.shouldSample(parameters) }
        let isEnough =
            switch share {
            case .any: sampled > 0
            case .all: sampled == valid
            case .share(let share): Double(sampled) >= share * Double(valid) && sampled > 0
            }
        return isEnough ? SamplingResult(.recordAndSample) : notEnough.shouldSample(parameters)
    }

    var description: String { "LinkBased{\(share),notEnough:\(notEnough),noLinks:\(noLinks)}" }
}
