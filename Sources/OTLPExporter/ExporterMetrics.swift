import TracingCore

/// What an exporter says of itself (OpenTelemetry conventions, `otel.sdk.exporter.*`).
struct ExporterMetrics: Sendable {
    private let inflight: BoundUpDownCounter
    private let exported: MetricCounter
    private let succeeded: BoundCounter
    private let duration: MetricHistogram
    private let component: Attributes

    init(_ signal: OTLPSignal, _ configuration: OTLPConfiguration, component name: String, meterProvider: MeterProvider)
    {
        let item = signal.item
        let prefix = "otel.sdk.exporter.\(item)"
        var component: Attributes = ["otel.component.type": .string(signal.componentType(configuration.protocol))]
        component["otel.component.name"] = .string(name)
        if let endpoint = EndpointURL(configuration.endpoint) {
            component["server.address"] = .string(endpoint.host)
            component["server.port"] = .int(endpoint.port)
        }
        self.component = component
        let unit = "{\(signal == .traces ? "span" : "data_point")}"
        inflight = meterProvider.upDownCounter(
            name: "\(prefix).inflight", unit: unit, description: "What was handed to the exporter and is not done yet.",
            scope: .exporter
        ).bind(component)
        exported = meterProvider.counter(
            name: "\(prefix).exported", unit: unit,
            description: "What the exporter is done with; error.type says why it was lost.", scope: .exporter)
        succeeded = exported.bind(component)
        duration = meterProvider.histogram(
            name: "otel.sdk.exporter.operation.duration", unit: "s",
            description: "How long exports take, with all attempts.", scope: .exporter, boundaries: [])
    }

    func started(_ count: Int) { inflight.add(Int64(count)) }
    func stopped(_ count: Int) { inflight.add(-Int64(count)) }

    /// Records the end of a request after its last attempt. `status` is that of the last answer.
    func ended(_ count: Int, lost: Int, failure: ExportFailure?, status: ReplyStatus?, duration elapsed: Duration) {
        if count > lost { succeeded.add(Int64(count - lost)) }
        var attributes = component
        if let failure {
            attributes["error.type"] = .string(failure.type)
            if lost > 0 { exported.add(Int64(lost), attributes: attributes) }
        }
        switch status {
        case .http(let code): attributes["http.response.status_code"] = .int(code)
        case .grpc(let code): attributes["rpc.response.status_code"] = .string(code.name)
        case nil: break
        }
        duration.record(elapsed / .seconds(1), attributes: attributes)
    }
}

extension InstrumentationScope {
    /// The scope of what the exporters measure of themselves.
    static let exporter = InstrumentationScope(name: "spanlink.otlp", version: SpanlinkVersion.current)
}
