/// Collects what a provider's instruments measure and hands it on (metrics SDK, "MetricReader").
///
/// A reader belongs to one provider.
public protocol MetricReader: Sendable {
    /// The temporality that the reader wants of the points. Asked for once.
    var temporality: MetricTemporalityPreference { get }

    /// Called once, by the provider that is given the reader.
    func start(_ source: MetricSource)

    /// Collects and exports now; true when that succeeded.
    func forceFlush() async -> Bool

    /// Collects and exports a last time and ends; true when that succeeded before the deadline.
    func shutdown(deadline: ContinuousClock.Instant?) async -> Bool
}

/// What a reader collects from.
public struct MetricSource: Sendable {
    let registry: MetricRegistry
    let slot: Int

    /// The resource of the provider.
    public var resource: Resource { registry.resource }

    /// What there is to tell: with delta temporality each call begins a new interval. It takes short locks.
    ///
    /// Metrics come in the order in which they were made; those without a point are left out.
    public func collect() -> [MetricData] { registry.collect(slot: slot) }
}
