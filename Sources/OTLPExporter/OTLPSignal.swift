import SpanlinkRuntime

/// What kind of telemetry goes over a connection.
package enum OTLPSignal: String, Sendable, CaseIterable {
    case traces, metrics

    /// One of what a batch holds, as the names of metrics have it.
    var item: String { self == .traces ? "span" : "metric_data_point" }

    /// The name at the start of a sentence.
    var title: String { self == .traces ? "Traces" : "Metrics" }

    /// `otel.component.type`.
    var componentType: String { self == .traces ? "otlp_http_span_exporter" : "otlp_http_metric_exporter" }

    /// `otel.component.name` of one more exporter of the process.
    func nextComponentName() -> String {
        let index =
            switch self {
            case .traces: Self.spanExporters.wrappingAdd(1, ordering: .relaxed).oldValue
            case .metrics: Self.metricExporters.wrappingAdd(1, ordering: .relaxed).oldValue
            }
        return "\(componentType)/\(index)"
    }

    private static let spanExporters = Atomic(0)
    private static let metricExporters = Atomic(0)
}
