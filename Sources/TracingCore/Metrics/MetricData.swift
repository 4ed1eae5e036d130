/// What one instrument had to say at one collection: a stream of points (metrics data model).
public struct MetricData: Sendable, Hashable {
    /// What the points are: the data model's point kinds.
    public enum Kind: Sendable, Hashable {
        /// A counter's sum, or (not monotonic) an up-down counter's.
        case sum(isMonotonic: Bool)
        /// The last value.
        case gauge
        /// A distribution over explicit buckets.
        case histogram
    }

    /// The name as the instrument was first given it.
    public var name: String
    /// The unit in UCUM's notation; empty when it has none.
    public var unit: String
    /// What is measured, for people.
    public var description: String
    /// The library that measures.
    public var scope: InstrumentationScope
    /// What all of the points are.
    public var kind: Kind
    /// Whether the points count from the start or from the collection before. Without a meaning for gauges.
    public var temporality: MetricTemporality
    /// A point for each set of attributes, in the order in which they came.
    public var points: [MetricPoint]

    /// A stream of points as an exporter is given it.
    public init(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope, kind: Kind,
        temporality: MetricTemporality, points: [MetricPoint]
    ) {
        self.name = name
        self.unit = unit
        self.description = description
        self.scope = scope
        self.kind = kind
        self.temporality = temporality
        self.points = points
    }
}

/// One value of a metric, for one set of attributes and one stretch of time.
public struct MetricPoint: Sendable, Hashable {
    /// The value by the metric's kind.
    public enum Value: Sendable, Hashable {
        /// A counter's or up-down counter's.
        case int(Int64)
        /// A gauge's.
        case double(Double)
        /// A histogram's.
        case histogram(HistogramValue)
    }

    /// What tells the point from the metric's others.
    public var attributes: Attributes
    /// From when on the value counts.
    public var start: Timestamp
    /// When the value was read.
    public var time: Timestamp
    /// What was measured from `start` to `time`.
    public var value: Value

    /// A point as an exporter is given it.
    public init(attributes: Attributes, start: Timestamp, time: Timestamp, value: Value) {
        self.attributes = attributes
        self.start = start
        self.time = time
        self.value = value
    }
}

/// What a histogram knows of the values it was given.
public struct HistogramValue: Sendable, Hashable {
    /// The inclusive upper bounds of all buckets but the last, ascending; empty when there are no buckets.
    public var bounds: [Double]
    /// How many values fell in each bucket: one more than there are bounds, or empty when there are no buckets.
    public var bucketCounts: [UInt64]
    /// How many values there were.
    public var count: UInt64
    /// All values added up.
    public var sum: Double
    /// The minimum, if it is known.
    public var min: Double?
    /// The maximum, if it is known.
    public var max: Double?

    /// A histogram's state as an exporter is given it.
    public init(bounds: [Double], bucketCounts: [UInt64], count: UInt64, sum: Double, min: Double?, max: Double?) {
        self.bounds = bounds
        self.bucketCounts = bucketCounts
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
    }
}
