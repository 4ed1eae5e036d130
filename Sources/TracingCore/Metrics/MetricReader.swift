/// Collects what a provider's instruments measure and hands it on (metrics SDK, "MetricReader").
///
/// A reader belongs to one provider.
public protocol MetricReader: Sendable {
    /// The temporality that the reader wants of the points. Asked for once.
    var temporality: MetricTemporalityPreference { get }

    /// The aggregation of histograms that the reader wants, unless a view says another. Asked for once. Default: explicit
    /// buckets.
    var histogramAggregation: HistogramAggregationPreference { get }

    /// Called once, by the provider that is given the reader.
    func start(_ source: MetricSource)

    /// Collects and exports now; true when that succeeded.
    func forceFlush() async -> Bool

    /// Collects and exports a last time and ends; true when that succeeded before the deadline.
    func shutdown(deadline: ContinuousClock.Instant?) async -> Bool
}

extension MetricReader {
    public var histogramAggregation: HistogramAggregationPreference { .explicitBucketHistogram }
}

/// The source that a reader collects from.
public struct MetricSource: Sendable {
    let registry: MetricRegistry
    let slot: Int

    /// The resource of the provider.
    public var resource: Resource { registry.resource }

    /// The metrics now: with delta temporality each call begins a new interval. It takes short locks.
    ///
    /// Metrics come in the order in which they were made; those without a point are left out.
    public func collect() -> [MetricData] { registry.collect(slot: slot) }
}
