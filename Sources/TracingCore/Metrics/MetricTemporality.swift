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
    /// Synchronous counters and histograms since the collection before; all others since the start, so that no reader has to
    /// remember their last values.
    case lowMemory = "lowmemory"

    /// The temporality of an instrument's points. Gauges have none.
    func temporality(for type: MetricInstrumentType) -> MetricTemporality {
        switch type {
        case .counter, .histogram: self == .cumulative ? .cumulative : .delta
        case .observableCounter: self == .delta ? .delta : .cumulative
        case .upDownCounter, .observableUpDownCounter, .gauge, .observableGauge: .cumulative
        }
    }
}
