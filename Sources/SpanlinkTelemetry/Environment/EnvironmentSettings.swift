import OTLPExporter
import TracingCore

/// What the environment says on top of the code.
///
/// A variable that is empty counts as unset. One that cannot be understood is ignored with a warning (SDK environment
/// variables, "Parsing").
struct EnvironmentSettings {
    var configuration: Telemetry.Configuration
    /// The environment's part of the resource.
    var resource = Resource()
    /// The files that the environment named.
    var paths: Set<String> = []
    private let environment: [String: String]

    /// Reads all variables of the table, in its order, so that a specific one comes after a general one.
    init(reading environment: [String: String], over configuration: Telemetry.Configuration) {
        self.configuration = configuration
        self.environment = environment
        for variable in EnvironmentVariable.all {
            guard let value = self[variable.name] else { continue }
            guard let problem = variable.read(value, &self) else { continue }
            warn(variable.name, variable.isShown ? value : "(not shown)", problem)
        }
        checkBatchSize()
        readOTLP()
    }

    /// The value of a variable without blanks around it; `nil` when there is nothing.
    subscript(name: String) -> String? {
        guard let value = environment[name]?.trimmingBlanks, !value.isEmpty else { return nil }
        return value
    }

    /// Says that a value, or a part of it, is ignored.
    func warn(_ name: String, _ value: String, _ problem: String) {
        configuration.logSink.warning(
            "an environment variable is ignored: \(problem)", metadata: [("variable", name), ("value", value)])
    }

    /// The variables of OTLP count for each destination of that kind, whoever named it.
    private mutating func readOTLP() {
        var warned: Set<String> = []
        let settings = self
        let warn: OTLPConfiguration.Warn = { name, shown, problem in
            if warned.insert(name).inserted { settings.warn(name, shown, problem) }
        }
        configuration.spanExporters = configuration.spanExporters.map { destination in
            guard case .otlp(let code) = destination.kind else { return destination }
            return .otlp(code.reading(.traces, from: { settings[$0] }, warn: warn))
        }
        configuration.metricExporters = configuration.metricExporters.map { destination in
            guard case .otlp(let code, let temporality, let aggregation) = destination.kind else { return destination }
            return .otlp(
                code.reading(.metrics, from: { settings[$0] }, warn: warn),
                temporality: OTLPConfiguration.temporality(temporality, from: { settings[$0] }, warn: warn),
                histogramAggregation: OTLPConfiguration.histogramAggregation(
                    aggregation, from: { settings[$0] }, warn: warn))
        }
    }

    private mutating func checkBatchSize() {
        let (batch, queue) = (
            configuration.batchProcessor.maxExportBatchSize, configuration.batchProcessor.maxQueueSize
        )
        guard batch > queue else { return }
        configuration.batchProcessor.maxExportBatchSize = queue
        // A default that no longer fits a small queue is nobody's mistake.
        if let value = self["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] {
            warn("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", value, "a batch cannot be larger than the queue of \(queue)")
        }
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmingBlanks: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
