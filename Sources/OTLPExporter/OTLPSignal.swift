import SpanlinkRuntime

/// What kind of telemetry goes over a connection.
package enum OTLPSignal: String, Sendable, CaseIterable {
    case traces, metrics

    /// One of what a batch holds, as the names of metrics have it.
    var item: String { self == .traces ? "span" : "metric_data_point" }

    /// The name at the start of a sentence.
    var title: String { self == .traces ? "Traces" : "Metrics" }

    /// `otel.component.type`.
    func componentType(_ transport: OTLPConfiguration.TransportProtocol) -> String {
        let name = transport == .grpc ? "grpc" : "http"
        return "otlp_\(name)_\(self == .traces ? "span" : "metric")_exporter"
    }

    /// `otel.component.name` of one more exporter of the process.
    func nextComponentName(_ transport: OTLPConfiguration.TransportProtocol) -> String {
        let index =
            switch self {
            case .traces: Self.spanExporters.wrappingAdd(1, ordering: .relaxed).oldValue
            case .metrics: Self.metricExporters.wrappingAdd(1, ordering: .relaxed).oldValue
            }
        return "\(componentType(transport))/\(index)"
    }

    private static let spanExporters = Atomic(0)
    private static let metricExporters = Atomic(0)
}
