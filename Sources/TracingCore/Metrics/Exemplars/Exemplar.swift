/// A single measurement of a series, with the trace in which it was made (metrics data model, "Exemplars").
public struct Exemplar: Sendable, Hashable {
    /// The measured value, of the instrument's type.
    public enum Value: Sendable, Hashable {
        case int(Int64)
        case double(Double)
    }

    /// The measured value.
    public var value: Value
    /// The time of the measurement.
    public var time: Timestamp
    /// The trace of the span; invalid if there was no span.
    public var traceID: TraceID
    /// The span in which the measurement was made; invalid if there was none.
    public var spanID: SpanID
    /// Attributes of the measurement that a view removed from the series.
    public var filteredAttributes: Attributes

    /// An exemplar as an exporter is given it.
    public init(
        value: Value, time: Timestamp, traceID: TraceID = .invalid, spanID: SpanID = .invalid,
        filteredAttributes: Attributes = [:]
    ) {
        self.value = value
        self.time = time
        self.traceID = traceID
        self.spanID = spanID
        self.filteredAttributes = filteredAttributes
    }
}

/// The measurements that may become exemplars: `OTEL_METRICS_EXEMPLAR_FILTER` (metrics SDK, "ExemplarFilter").
public enum ExemplarFilter: String, Sendable, Hashable, CaseIterable {
    /// All measurements.
    case alwaysOn = "always_on"
    /// No measurement.
    case alwaysOff = "always_off"
    /// Measurements made in a sampled span.
    case traceBased = "trace_based"
}
