/// The points of one stream at one collection (metrics data model).
public struct MetricData: Sendable, Hashable {
    /// The data model's kinds of points.
    public enum Kind: Sendable, Hashable {
        /// A counter's sum, or (not monotonic) an up-down counter's.
        case sum(isMonotonic: Bool)
        /// The last value.
        case gauge
        /// A distribution over explicit buckets.
        case histogram
        /// A distribution over base-2 exponential buckets.
        case exponentialHistogram
    }

    /// The name of the instrument as it was first given, or the name from a view.
    public var name: String
    /// The unit in UCUM's notation; empty when it has none.
    public var unit: String
    /// A description for people.
    public var description: String
    /// The library that measures.
    public var scope: InstrumentationScope
    /// The kind of all points.
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
        /// A sum or a last value of integers.
        case int(Int64)
        /// A sum or a last value of floating-point numbers.
        case double(Double)
        /// A distribution over explicit buckets.
        case histogram(HistogramValue)
        /// A distribution over exponential buckets.
        case exponentialHistogram(ExponentialHistogramValue)
    }

    /// The attributes of the series.
    public var attributes: Attributes
    /// From when on the value counts.
    public var start: Timestamp
    /// When the value was read.
    public var time: Timestamp
    /// The measurements from `start` to `time`.
    public var value: Value
    /// Single measurements of the series, with their traces.
    public var exemplars: [Exemplar]

    /// A point as an exporter is given it.
    public init(
        attributes: Attributes, start: Timestamp, time: Timestamp, value: Value, exemplars: [Exemplar] = []
    ) {
        self.attributes = attributes
        self.start = start
        self.time = time
        self.value = value
        self.exemplars = exemplars
    }
}

/// The distribution of values over explicit buckets.
public struct HistogramValue: Sendable, Hashable {
    /// The inclusive upper bounds of all buckets but the last, ascending; empty if there are no buckets.
    public var bounds: [Double]
    /// The number of values in each bucket: one more than there are bounds, or empty if there are no buckets.
    public var bucketCounts: [UInt64]
    /// The number of values.
    public var count: UInt64
    /// The sum of all values.
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

/// The distribution of values from 0 on over base-2 exponential buckets (metrics data model, "ExponentialHistogram").
public struct ExponentialHistogramValue: Sendable, Hashable {
    /// The resolution: bucket `i` holds the values above `base^i` up to `base^(i+1)` with `base = 2^(2^-scale)`.
    public var scale: Int
    /// The number of values that are 0.
    public var zeroCount: UInt64
    /// The index of the first bucket.
    public var offset: Int
    /// The number of values in each bucket from `offset` on.
    public var bucketCounts: [UInt64]
    /// The number of values.
    public var count: UInt64
    /// The sum of all values.
    public var sum: Double
    /// The minimum, if it is known.
    public var min: Double?
    /// The maximum, if it is known.
    public var max: Double?

    /// A histogram's state as an exporter is given it.
    public init(
        scale: Int, zeroCount: UInt64, offset: Int, bucketCounts: [UInt64], count: UInt64, sum: Double, min: Double?,
        max: Double?
    ) {
        self.scale = scale
        self.zeroCount = zeroCount
        self.offset = offset
        self.bucketCounts = bucketCounts
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
    }
}
