import TracingCore

/// The names of samplers in `OTEL_TRACES_SAMPLER`, each also with `parentbased_` before it:
///
/// | name | spans without a parent | `OTEL_TRACES_SAMPLER_ARG` |
/// |---|---|---|
/// | `always_on`, `always_off` | all, none | |
/// | `traceidratio` | a share by trace id | the share |
/// | `probability` | a share, and says so in the tracestate (`ot=th`) | the share |
/// | `probability_links` | the same, with the randomness of the linked traces | the share |
/// | `linkbased_any`, `linkbased_all` | when any or all links are sampled; a share of those without links | that share |
/// | `linkbased_share` | when a share of the links is sampled; all of those without links | the share of links |
///
/// `linksbased_parentbased_always_on` is the name that other SDKs have for: any sampled link, else as the parent. The
/// argument is 1 by default. The first three names are the specification's.
enum SamplerName {
    enum Reading {
        case sampler(Sampler)
        /// A name of the specification for what is not here.
        case unsupported
        case unknown
        /// The argument makes no sense; the sampler is made with the default.
        case badArgument(Sampler)
    }

    static func sampler(named name: String, argument text: String?) -> Reading {
        let name = name.lowercased()
        let argument = text.flatMap(Double.init).flatMap { (0...1).contains($0) ? $0 : nil }
        let base = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        if ["jaeger_remote", "xray"].contains(base) { return .unsupported }
        guard let (sampler, takesArgument) = sampler(base, argument ?? 1) else { return .unknown }
        let whole = base == name ? sampler : .parentBased(root: sampler)
        return takesArgument && text != nil && argument == nil ? .badArgument(whole) : .sampler(whole)
    }

    private static let prefix = "parentbased_"

    private static func sampler(_ name: String, _ argument: Double) -> (sampler: Sampler, takesArgument: Bool)? {
        switch name {
        case "always_on": (.alwaysOn, false)
        case "always_off": (.alwaysOff, false)
        case "traceidratio": (.traceIDRatio(argument), true)
        case "probability": (.consistentProbability(argument), true)
        case "probability_links": (.consistentProbability(argument, randomness: .links), true)
        case "linkbased_any": (.linkBased(.any, whenThereAreNone: .traceIDRatio(argument)), true)
        case "linkbased_all": (.linkBased(.all, whenThereAreNone: .traceIDRatio(argument)), true)
        case "linkbased_share": (.linkBased(.share(argument)), true)
        case "linksbased_parentbased_always_on":
            (.linkBased(.any, whenThereAreNone: .parentBased(root: .alwaysOn)), false)
        default: nil
        }
    }
}
