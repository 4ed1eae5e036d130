/// What kind of telemetry goes over a connection.
package enum OTLPSignal: String, Sendable, CaseIterable {
    case traces, metrics

    /// One of what a batch holds, as the names of metrics have it.
    var item: String { self == .traces ? "span" : "metric_data_point" }

    /// `otel.component.type`.
    var componentType: String { self == .traces ? "otlp_http_span_exporter" : "otlp_http_metric_exporter" }
}
