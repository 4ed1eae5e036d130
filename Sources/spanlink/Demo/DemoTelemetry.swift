import OTLPExporter
import OTLPFormat
import TracingCore

/// The telemetry of the services: a tracer each, and the places where all spans arrive.
struct DemoTelemetry {
    let orders: TracerProvider
    let settlement: TracerProvider
    let audit: TracerProvider
    let payout: TracerProvider
    /// What the report is made of.
    let exported = InMemorySpanExporter()
    /// Where spans go by OTLP as well; `nil` when nobody asked for it.
    let otlpEndpoint: String?

    /// - Throws: `UsageError` for an endpoint that is none.
    init(_ options: DemoOptions) throws {
        var exporters: [any SpanExporter] = [exported]
        if let file = options.spansFile { exporters.append(JSONLinesSpanExporter(path: file)) }
        let otlp = try OTLPConfiguration.forDemo(options)
        if let otlp { exporters.append(try OTLPSpanExporter(configuration: otlp)) }
        otlpEndpoint = otlp?.shownEndpoint

        // A burst of requests ends many spans at once; nothing of a demonstration should be dropped.
        var queue = BatchSpanProcessor.Configuration()
        queue.maxQueueSize = 1 << 20
        queue.maxQueueBytes = 1 << 30
        queue.scheduleDelay = .milliseconds(200)
        let processors = exporters.map { BatchSpanProcessor(exporter: $0, configuration: queue) }

        func provider(_ service: String, _ sampler: Sampler) -> TracerProvider {
            TracerProvider(
                resource: Resource(attributes: ["service.name": .string(service)]), processors: processors,
                sampler: .parentBased(root: sampler))
        }
        let consumers: Sampler =
            switch options.linkSampling {
            case .always: .alwaysOn
            case .any: .linkBased(.any)
            case .all: .linkBased(.all)
            }
        orders = provider("order-service", options.sampleRatio < 1 ? .traceIDRatio(options.sampleRatio) : .alwaysOn)
        settlement = provider("settlement", consumers)
        audit = provider("audit", consumers)
        payout = provider("payout", consumers)
    }

    /// Exports what is left.
    func shutdown() async {
        for provider in [orders, settlement, audit, payout] { await provider.shutdown(timeout: .seconds(10)) }
    }

    /// How many spans never arrived. The services share their processors: each of them knows all losses.
    var droppedSpans: Int { orders.lostSpans.values.reduce(0, +) }
}

extension OTLPConfiguration {
    /// Where `--otlp-endpoint` or the standard variables say; `nil` when none of them names an endpoint.
    fileprivate static func forDemo(_ options: DemoOptions) throws -> OTLPConfiguration? {
        let general = "OTEL_EXPORTER_OTLP_ENDPOINT"
        var mistake: UsageError?
        let configuration = OTLPConfiguration(endpoint: "").reading(.traces) { name in
            // What the command line says counts for all variables that name an endpoint.
            if let endpoint = options.otlpEndpoint, name.hasSuffix("_ENDPOINT") {
                return name == general ? endpoint : nil
            }
            return Console.environment(name).flatMap { $0.isEmpty ? nil : $0 }
        } warn: { name, shown, problem in
            if name == general, options.otlpEndpoint != nil {
                mistake = UsageError("--otlp-endpoint: \(problem), not '\(shown)'")
            } else {
                Console.error("spanlink: \(name) is ignored: \(problem), not '\(shown)'")
            }
        }
        if let mistake { throw mistake }
        return configuration.endpoint.isEmpty ? nil : configuration
    }
}
