import TracingCore

extension MetricView {
    typealias Mistake = ConfigurationFileMistake

    /// An element of `meter_provider.views`.
    init(_ value: FileValue) throws(ConfigurationFileMistake) {
        let mapping = try value.mapping(.view)
        let selector = try Self.selector(mapping.required("selector").mapping(.viewSelector))
        self.init(selector, try Self.stream(mapping.required("stream").mapping(.viewStream)))
    }

    private static func selector(_ mapping: FileMapping) throws(Mistake) -> Selector {
        Selector(
            instrumentName: try mapping.string("instrument_name"),
            instrumentType: try mapping.choice(
                "instrument_type", MetricInstrumentType.allCases.map { ($0.rawValue, $0) }),
            unit: try mapping.string("unit"), meterName: try mapping.string("meter_name"),
            meterVersion: try mapping.string("meter_version"),
            meterSchemaURL: try mapping.string("meter_schema_url"))
    }

    private static func stream(_ mapping: FileMapping) throws(Mistake) -> Stream {
        var stream = Stream(name: try mapping.string("name"), description: try mapping.string("description"))
        if let value = mapping["aggregation"] { stream.aggregation = try aggregation(value) }
        stream.cardinalityLimit = try mapping.integer("aggregation_cardinality_limit", atLeast: 1)
        if let value = mapping["attribute_keys"] {
            let patterns = try PatternList(value)
            stream.includedAttributes = patterns.included
            stream.excludedAttributes = patterns.excluded.isEmpty ? nil : patterns.excluded
        }
        return stream
    }

    private static func aggregation(_ value: FileValue) throws(Mistake) -> MetricAggregation {
        let (name, settings) = try value.component(.aggregation)
        switch name {
        case "explicit_bucket_histogram":
            let mapping = try settings.mapping(.explicitBuckets)
            return .explicitBucketHistogram(
                boundaries: try boundaries(mapping) ?? MetricHistogram.defaultBoundaries,
                recordsMinMax: try mapping.bool("record_min_max") ?? true)
        case "base2_exponential_bucket_histogram":
            let mapping = try settings.mapping(.exponentialBuckets)
            return .base2ExponentialBucketHistogram(
                maxSize: try mapping.notNull("max_size")?.integer(in: 2...16_384) ?? 160,
                maxScale: try mapping.notNull("max_scale")?.integer(in: -10...20) ?? 20,
                recordsMinMax: try mapping.bool("record_min_max") ?? true)
        default:
            _ = try settings.mapping(.empty)
            return name == "drop" ? .drop : name == "sum" ? .sum : name == "last_value" ? .lastValue : .default
        }
    }

    /// Ascending bounds. An empty sequence is one bucket.
    private static func boundaries(_ mapping: FileMapping) throws(Mistake) -> [Double]? {
        guard let value = mapping["boundaries"] else { return nil }
        if case .sequence([]) = value.node.content { return [] }
        var boundaries: [Double] = []
        for element in try value.elements() {
            let boundary = try element.number()
            guard boundary.isFinite, boundaries.last.map({ $0 < boundary }) ?? true else {
                throw element.mistake("must be finite and greater than the boundary before")
            }
            boundaries.append(boundary)
        }
        return boundaries
    }
}
