/// From when on the values of sums and histograms count. The raw values are OTLP's.
public enum MetricTemporality: Int, Sendable, Hashable {
    /// Since the collection before.
    case delta = 1
    /// Since the first measurement.
    case cumulative = 2
}

/// Which temporality an exporter wants: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` (OTLP metrics exporter).
public enum MetricTemporalityPreference: String, Sendable, Hashable, CaseIterable {
    /// All values since the start.
    case cumulative
    /// Counters and histograms since the collection before; up-down counters since the start.
    case delta
    /// For the instruments there are here (all synchronous) the same as ``delta``.
    case lowMemory = "lowmemory"

    /// The temporality that an instrument's points have.
    func temporality(for kind: MetricData.Kind) -> MetricTemporality {
        switch kind {
        case .sum(isMonotonic: true), .histogram: self == .cumulative ? .cumulative : .delta
        case .sum(isMonotonic: false), .gauge: .cumulative
        }
    }
}
