import OTLPExporter
import OTLPFormat
import TracingCore

/// What stands between the providers and where telemetry goes.
struct Pipelines {
    let readers: [any MetricReader]
    /// Those of the readers' exporters that can measure themselves, once there is a provider.
    let otlpMetricExporters: [OTLPMetricExporter]
    /// Files that this made: a path is one file, whatever goes there.
    let files: [JSONLinesFile]
    private let configuration: Telemetry.Configuration
    private let filesByPath: [String: JSONLinesFile]

    /// - Throws: ``TelemetryError`` when a file that code named cannot be opened; one that the environment named is only
    ///   logged.
    init(_ configuration: Telemetry.Configuration, pathsFromEnvironment: Set<String>) throws {
        var files: [String: JSONLinesFile] = [:]
        for path in Self.paths(configuration) where files[path] == nil {
            let file = JSONLinesFile(path: path, log: configuration.logSink)
            guard file.isOpen || pathsFromEnvironment.contains(path) else {
                throw TelemetryError(
                    code: .cannotOpenFile,
                    message: "cannot open \(path) for telemetry: name a file in a directory that may be written")
            }
            files[path] = file
        }
        self.filesByPath = files
        self.files = Array(files.values)
        self.configuration = configuration
        var otlpMetricExporters: [OTLPMetricExporter] = []
        self.readers = try configuration.metricExporters.compactMap { destination in
            switch destination.kind {
            case .otlp(let otlp, let temporality, let aggregation):
                let exporter = try Self.checked { () throws(OTLPConfigurationError) in
                    try OTLPMetricExporter(
                        configuration: otlp, temporality: temporality, histogramAggregation: aggregation,
                        logSink: configuration.logSink)
                }
                otlpMetricExporters.append(exporter)
                return Self.reader(exporter, configuration, destination.schedule)
            case .jsonLines(let path, let temporality):
                return files[path].map {
                    Self.reader(
                        JSONLinesMetricExporter(file: $0, temporality: temporality), configuration,
                        destination.schedule)
                }
            case .custom(let exporter): return Self.reader(exporter, configuration, destination.schedule)
            case .reader(let reader): return reader
            }
        }
        self.otlpMetricExporters = otlpMetricExporters
    }

    /// The processors, whose own measurements go to `meterProvider`.
    ///
    /// - Throws: ``TelemetryError`` when an exporter cannot be made.
    func processors(_ meterProvider: MeterProvider) throws -> [any SpanProcessor] {
        try configuration.spanExporters.compactMap { destination in
            let batches = destination.batches ?? configuration.batchProcessor
            switch destination.kind {
            case .console:
                // At once, as the specification would have it of a simple processor, but a terminal that stands still must
                // not hold up the threads that end spans.
                var console = batches
                if destination.batches == nil { console.scheduleDelay = .zero }
                return batched(ConsoleSpanExporter(), meterProvider, console)
            case .jsonLines(let path):
                return filesByPath[path].map { batched(JSONLinesSpanExporter(file: $0), meterProvider, batches) }
            case .otlp(let otlp):
                let exporter = try Self.checked { () throws(OTLPConfigurationError) in
                    try OTLPSpanExporter(
                        configuration: otlp, meterProvider: meterProvider, logSink: configuration.logSink)
                }
                return batched(exporter, meterProvider, batches)
            case .custom(let exporter, let isBatched):
                return isBatched ? batched(exporter, meterProvider, batches) : SimpleSpanProcessor(exporter: exporter)
            }
        }
    }

    /// A mistake in the configuration of an exporter as one of telemetry's.
    static func checked<Result>(
        _ body: () throws(OTLPConfigurationError) -> Result
    ) throws(TelemetryError) -> Result {
        do {
            return try body()
        } catch {
            throw TelemetryError(code: .invalidConfiguration, message: error.message)
        }
    }

    private func batched(
        _ exporter: any SpanExporter, _ meterProvider: MeterProvider, _ batches: BatchSpanProcessor.Configuration
    ) -> BatchSpanProcessor {
        BatchSpanProcessor(
            exporter: exporter, configuration: batches, meterProvider: meterProvider, logSink: configuration.logSink)
    }

    private static func reader(
        _ exporter: any MetricExporter, _ configuration: Telemetry.Configuration,
        _ schedule: Telemetry.MetricDestination.Schedule?
    ) -> PeriodicMetricReader {
        PeriodicMetricReader(
            exporter: exporter, interval: schedule?.interval ?? configuration.metricInterval,
            timeout: schedule?.timeout ?? configuration.metricTimeout, log: configuration.logSink)
    }

    private static func paths(_ configuration: Telemetry.Configuration) -> [String] {
        configuration.spanExporters.compactMap(\.filePath) + configuration.metricExporters.compactMap(\.filePath)
    }
}

extension Telemetry.Configuration {
    /// What code says of the resource.
    var resource: Resource {
        var attributes = resourceAttributes
        if let serviceName { attributes["service.name"] = .string(serviceName) }
        return Resource(attributes: attributes)
    }

    /// - Throws: ``TelemetryError`` for the first value that makes no sense.
    func validate() throws {
        func check(_ isGood: Bool, _ message: String) throws {
            if !isGood { throw TelemetryError(code: .invalidConfiguration, message: message) }
        }
        try check(serviceName != "", "the service's name is empty: give it one, or nil for the executable's")
        try check(metricInterval > .zero, "metricInterval must be more than zero")
        try check(metricTimeout > .zero, "metricTimeout must be more than zero")
        try check(shutdownTimeout >= .zero, "shutdownTimeout must not be negative")
        try check(batchProcessor.maxQueueSize > 0, "batchProcessor.maxQueueSize must be at least 1")
        try check(
            (1...batchProcessor.maxQueueSize).contains(batchProcessor.maxExportBatchSize),
            "batchProcessor.maxExportBatchSize must be at least 1 and at most maxQueueSize")
        try check(batchProcessor.exportTimeout >= .zero, "batchProcessor.exportTimeout must not be negative")
        for exporter in spanExporters {
            if case .jsonLines("") = exporter.kind { try check(false, "the path for spans as JSON lines is empty") }
            if case .otlp(let otlp) = exporter.kind { try Pipelines.checked(otlp.validate) }
        }
        for exporter in metricExporters {
            if case .jsonLines("", _) = exporter.kind {
                try check(false, "the path for metrics as JSON lines is empty")
            }
            if case .otlp(let otlp, _, _) = exporter.kind { try Pipelines.checked(otlp.validate) }
        }
    }
}
