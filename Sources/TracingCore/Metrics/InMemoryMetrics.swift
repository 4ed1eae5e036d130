import SpanlinkRuntime

/// Collects on demand: for tests.
public final class InMemoryMetricReader: MetricReader {
    public let temporality: MetricTemporalityPreference
    public let histogramAggregation: HistogramAggregationPreference
    private let source = Mutex<MetricSource?>(nil)

    /// A reader to give to a ``MeterProvider``.
    public init(
        temporality: MetricTemporalityPreference = .cumulative,
        histogramAggregation: HistogramAggregationPreference = .explicitBucketHistogram
    ) {
        self.temporality = temporality
        self.histogramAggregation = histogramAggregation
    }

    public func start(_ source: MetricSource) { self.source.withLock { $0 = source } }

    /// The metrics now; with delta temporality that begins a new interval.
    public func collect() -> [MetricData] { source.withLock { $0 }?.collect() ?? [] }

    /// The points of the metric of that name now, of all scopes; empty if there are none.
    public func points(named name: String) -> [MetricPoint] { collect().points(named: name) }

    public func forceFlush() async -> Bool { true }

    public func shutdown(deadline: ContinuousClock.Instant?) async -> Bool { true }
}

/// Keeps what a reader exports: for tests.
public final class InMemoryMetricExporter: MetricExporter {
    public let temporality: MetricTemporalityPreference
    private let state = Mutex<(exports: [[MetricData]], isShutDown: Bool)>(([], false))

    /// An exporter to give to a ``PeriodicMetricReader``.
    public init(temporality: MetricTemporalityPreference = .cumulative) { self.temporality = temporality }

    /// The metrics of each export, in order.
    public var exports: [[MetricData]] { state.withLock { $0.exports } }

    /// Whether the exporter was shut down.
    public var isShutDown: Bool { state.withLock { $0.isShutDown } }

    /// The points of the metric of that name in the last export that had it.
    public func points(named name: String) -> [MetricPoint] {
        exports.last { !$0.points(named: name).isEmpty }?.points(named: name) ?? []
    }

    /// Forgets what was exported.
    public func reset() { state.withLock { $0.exports = [] } }

    public func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard !state.isShutDown else { return false }
            state.exports.append(metrics)
            return true
        }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }

    public func shutdown(deadline: ContinuousClock.Instant) { state.withLock { $0.isShutDown = true } }
}

extension [MetricData] {
    /// The points of all metrics of that name.
    public func points(named name: String) -> [MetricPoint] { filter { $0.name == name }.flatMap(\.points) }
}
