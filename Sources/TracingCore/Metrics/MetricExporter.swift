/// Sends metrics somewhere (metrics SDK, "MetricExporter").
///
/// Its methods are called on the reader's own thread, one at a time, and may block until the deadline they are given.
public protocol MetricExporter: Sendable {
    /// The temporality that the exporter wants.
    var temporality: MetricTemporalityPreference { get }

    /// The aggregation of histograms that the exporter wants, unless a view says another. Default: explicit buckets.
    var histogramAggregation: HistogramAggregationPreference { get }

    /// Sends the metrics of one collection; false when they, or some of them, are lost. They are not offered again.
    func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool

    /// Sends what the exporter itself still holds; true when there is nothing left.
    func forceFlush(deadline: ContinuousClock.Instant) -> Bool

    /// Called once, last: the exporter lets go of what it holds open.
    func shutdown(deadline: ContinuousClock.Instant)
}

extension MetricExporter {
    public var histogramAggregation: HistogramAggregationPreference { .explicitBucketHistogram }
}
