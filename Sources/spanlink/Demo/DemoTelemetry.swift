import TracingCore

/// The telemetry of the three services: a tracer each, one place where all spans arrive.
struct DemoTelemetry {
    let exported = InMemorySpanExporter()
    let orders: TracerProvider
    let settlement: TracerProvider
    let audit: TracerProvider

    init(_ options: DemoOptions) {
        let exporters: [any SpanExporter] =
            [exported] + (options.spansFile.map { [JSONLinesSpanExporter(path: $0)] } ?? [])
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
    }

    /// Exports what is left.
    func shutdown() async {
        for provider in [orders, settlement, audit] { await provider.shutdown(timeout: .seconds(10)) }
    }

    /// How many spans never arrived. The services share their processors: each of them knows all losses.
    var droppedSpans: Int { orders.lostSpans.values.reduce(0, +) }
}
