import TracingCore

extension Sampler {
    /// A sampler of the file, with the samplers inside it.
    init(_ value: FileValue) throws(ConfigurationFileMistake) {
        let (name, settings) = try value.component(.sampler)
        switch name {
        case "always_on", "always_off":
            _ = try settings.mapping(.empty)
            self = name == "always_on" ? .alwaysOn : .alwaysOff
        case "trace_id_ratio_based": self = .traceIDRatio(try Self.ratio(settings))
        case "probability/development": self = .consistentProbability(try Self.ratio(settings))
        default: self = try Self.parentBased(settings.mapping(.parentBased))
        }
    }

    private static func ratio(_ settings: FileValue) throws(ConfigurationFileMistake) -> Double {
        guard let value = try settings.mapping(.ratio).notNull("ratio") else { return 1 }
        let ratio = try value.number()
        guard (0...1).contains(ratio) else { throw value.mistake("must be from 0 to 1") }
        return ratio
    }

    private static func parentBased(_ mapping: FileMapping) throws(ConfigurationFileMistake) -> Sampler {
        func part(_ key: String, _ standard: Sampler) throws(ConfigurationFileMistake) -> Sampler {
            guard let value = mapping[key] else { return standard }
            return try Sampler(value)
        }
        return .parentBased(
            root: try part("root", .alwaysOn),
            remoteParentSampled: try part("remote_parent_sampled", .alwaysOn),
            remoteParentNotSampled: try part("remote_parent_not_sampled", .alwaysOff),
            localParentSampled: try part("local_parent_sampled", .alwaysOn),
            localParentNotSampled: try part("local_parent_not_sampled", .alwaysOff))
    }
}
