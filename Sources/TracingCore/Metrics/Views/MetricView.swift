/// Changes the metrics of instruments before they are collected (metrics SDK, "View").
///
///     MetricView(.init(instrumentName: "messaging.*"), .init(excludedAttributes: ["server.*"]))
///
/// Each view that selects an instrument makes a stream of its own; an instrument that no view selects has the default
/// stream.
public struct MetricView: Sendable, Hashable {
    /// The instruments to change.
    public var selector: Selector
    /// Their metrics.
    public var stream: Stream

    /// A view of the selected instruments.
    public init(_ selector: Selector, _ stream: Stream) {
        self.selector = selector
        self.stream = stream
    }

    /// Selects instruments: all criteria that are not `nil` must match.
    public struct Selector: Sendable, Hashable {
        /// The instrument's name in any case, with `*` for any characters and `?` for one.
        public var instrumentName: String?
        /// The instrument's type.
        public var instrumentType: MetricInstrumentType?
        /// The instrument's unit.
        public var unit: String?
        /// The name of the scope.
        public var meterName: String?
        /// The version of the scope.
        public var meterVersion: String?
        /// The schema URL of the scope.
        public var meterSchemaURL: String?

        /// Selects by these criteria; without any, all instruments.
        public init(
            instrumentName: String? = nil, instrumentType: MetricInstrumentType? = nil, unit: String? = nil,
            meterName: String? = nil, meterVersion: String? = nil, meterSchemaURL: String? = nil
        ) {
            self.instrumentName = instrumentName
            self.instrumentType = instrumentType
            self.unit = unit
            self.meterName = meterName
            self.meterVersion = meterVersion
            self.meterSchemaURL = meterSchemaURL
        }
    }

    /// The configuration of a stream: parts that are `nil` stay as the instrument has them.
    public struct Stream: Sendable, Hashable {
        /// The name of the metric. Ignored, with a warning, if the selector may match several instruments.
        public var name: String?
        /// The description of the metric.
        public var description: String?
        /// The aggregation of the measurements.
        public var aggregation: MetricAggregation?
        /// The keys of the attributes to keep, with `*` and `?`; `nil` for all.
        public var includedAttributes: [String]?
        /// The keys of the attributes to remove, with `*` and `?`. They win over the included ones.
        public var excludedAttributes: [String]?
        /// The greatest number of series beside the overflow series; `nil` for that of the provider.
        public var cardinalityLimit: Int?

        /// A stream with these changes.
        public init(
            name: String? = nil, description: String? = nil, aggregation: MetricAggregation? = nil,
            includedAttributes: [String]? = nil, excludedAttributes: [String]? = nil, cardinalityLimit: Int? = nil
        ) {
            self.name = name
            self.description = description
            self.aggregation = aggregation
            self.includedAttributes = includedAttributes
            self.excludedAttributes = excludedAttributes
            self.cardinalityLimit = cardinalityLimit
        }
    }
}

/// The types of instruments (metrics API). The raw values are those of the configuration file.
public enum MetricInstrumentType: String, Sendable, Hashable, CaseIterable {
    case counter
    case upDownCounter = "up_down_counter"
    case histogram
    case gauge
    case observableCounter = "observable_counter"
    case observableUpDownCounter = "observable_up_down_counter"
    case observableGauge = "observable_gauge"
}

/// The ways to make points of measurements (metrics SDK, "Aggregation").
public enum MetricAggregation: Sendable, Hashable {
    /// The aggregation of the instrument's type.
    case `default`
    /// No points.
    case drop
    /// A sum, for all types but gauges.
    case sum
    /// The last value, for gauges.
    case lastValue
    /// Buckets with the given inclusive upper bounds, for counters and histograms.
    case explicitBucketHistogram(boundaries: [Double] = MetricHistogram.defaultBoundaries, recordsMinMax: Bool = true)
    /// Exponential buckets, for counters and histograms: at most `maxSize` (at least 2), at most of `maxScale` (-10 to 20).
    case base2ExponentialBucketHistogram(maxSize: Int = 160, maxScale: Int = 20, recordsMinMax: Bool = true)

    /// Whether the aggregation has a meaning for instruments of the type.
    func isCompatible(with type: MetricInstrumentType) -> Bool {
        switch self {
        case .default, .drop: true
        case .sum: type != .gauge && type != .observableGauge
        case .lastValue: type == .gauge || type == .observableGauge
        case .explicitBucketHistogram, .base2ExponentialBucketHistogram: type == .counter || type == .histogram
        }
    }
}

/// The aggregation of histograms that a reader prefers: `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
public enum HistogramAggregationPreference: String, Sendable, Hashable, CaseIterable {
    /// Buckets with the instrument's boundaries.
    case explicitBucketHistogram = "explicit_bucket_histogram"
    /// Exponential buckets; the instrument's boundaries do not count.
    case base2ExponentialBucketHistogram = "base2_exponential_bucket_histogram"
}
