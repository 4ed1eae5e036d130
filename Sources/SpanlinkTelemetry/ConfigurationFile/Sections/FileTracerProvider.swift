import OTLPExporter
import SpanlinkRuntime
import TracingCore

/// The section `tracer_provider`.
struct FileTracerProvider {
    typealias Mistake = ConfigurationFileMistake

    var spanExporters: [Telemetry.SpanDestination] = []
    var sampler = Sampler.parentBased(root: .alwaysOn)

    init() {}

    /// - Parameter limits: receives the limits of the section.
    init(_ value: FileValue, limits: inout SpanLimits) throws(Mistake) {
        let mapping = try value.mapping(.tracerProvider)
        _ = try mapping.required("processors")
        for element in try mapping.elements("processors") { spanExporters.append(try Self.processor(element)) }
        if let value = mapping["limits"] { try limits.read(spanLimits: value) }
        if let value = mapping["sampler"] { sampler = try Sampler(value) }
    }

    /// A simple processor is a batch processor without delay: exports never block threads that end spans.
    private static func processor(_ value: FileValue) throws(Mistake) -> Telemetry.SpanDestination {
        let (name, settings) = try value.component(.spanProcessor)
        let isBatch = name == "batch"
        let mapping = try settings.mapping(isBatch ? .batchProcessor : .simpleProcessor)
        var destination = try exporter(mapping.required("exporter"))
        var batches = BatchSpanProcessor.Configuration()
        if isBatch { try read(settings, mapping, &batches) } else { batches.scheduleDelay = .zero }
        destination.batches = batches
        return destination
    }

    private static func read(
        _ value: FileValue, _ mapping: FileMapping, _ batches: inout BatchSpanProcessor.Configuration
    ) throws(Mistake) {
        batches.scheduleDelay = try mapping.milliseconds("schedule_delay", atLeast: 0) ?? batches.scheduleDelay
        batches.exportTimeout =
            try mapping.milliseconds("export_timeout", atLeast: 0, zeroMeans: .unlimited) ?? batches.exportTimeout
        batches.maxQueueSize = try mapping.integer("max_queue_size", atLeast: 1) ?? batches.maxQueueSize
        let size = try mapping.integer("max_export_batch_size", atLeast: 1)
        if let size, size > batches.maxQueueSize {
            throw (mapping["max_export_batch_size"] ?? value).mistake("must be at most max_queue_size")
        }
        batches.maxExportBatchSize = size ?? min(batches.maxExportBatchSize, batches.maxQueueSize)
    }

    private static func exporter(_ value: FileValue) throws(Mistake) -> Telemetry.SpanDestination {
        let (name, settings) = try value.component(.exporter)
        switch name {
        case "otlp_http":
            return .otlp(try OTLPConfiguration(settings, settings.mapping(.otlpHTTP), .traces, isGRPC: false))
        case "otlp_grpc":
            return .otlp(try OTLPConfiguration(settings, settings.mapping(.otlpGRPC), .traces, isGRPC: true))
        case "console":
            _ = try settings.mapping(.empty)
            return .console
        default: return .jsonLines(path: try settings.mapping(.otlpFile).outputPath())
        }
    }
}
