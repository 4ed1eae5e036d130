/// The distribution of values such as durations and sizes: count, sum, minimum, maximum and buckets.
///
/// Made by ``MeterProvider/histogram(name:unit:description:scope:boundaries:)``. It may be used from any thread.
public final class MetricHistogram: Sendable {
    /// The bucket boundaries of the specification (metrics SDK, "Explicit Bucket Histogram Aggregation").
    public static let defaultBoundaries: [Double] = [
        0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
    ]

    private let stream: MetricStream<HistogramCell>?

    init(_ stream: MetricStream<HistogramCell>?) { self.stream = stream }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``.
    public var isEnabled: Bool { stream != nil }

    /// Records into the series of these attributes. A value that is negative, infinite or not a number is ignored.
    public func record(_ value: Double, attributes: Attributes = [:]) {
        BoundHistogram(stream?.cell(for: attributes)).record(value)
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundHistogram {
        BoundHistogram(stream?.boundCell(for: attributes))
    }
}

/// One series of a histogram. It stays valid for ever and records together with unbound calls of equal attributes.
public struct BoundHistogram: Sendable {
    @usableFromInline let cell: HistogramCell?

    init(_ cell: HistogramCell?) { self.cell = cell }

    /// A histogram that records nothing.
    public static let noop = BoundHistogram(nil)

    /// Records a value; lock-free. A value that is negative, infinite or not a number is ignored.
    @inlinable
    public func record(_ value: Double) { cell?.record(value) }

    /// Whether ``record(_:)`` does anything: asks before a clock is read for its sake.
    @inlinable
    public var isEnabled: Bool { cell != nil }
}
