import SpanlinkRuntime
public import TracingCore

/// Writes metrics to a file, one line of OTLP JSON an export, as the collector's file receiver reads it
/// (OTLP file exporter).
public final class JSONLinesMetricExporter: MetricExporter {
    public let temporality: MetricTemporalityPreference
    private let file: JSONLinesFile
    private let ownsFile: Bool
    private let buffer = Mutex(RequestBuffer())

    /// Appends to the file at `path`, or creates it, readable and writable by its owner alone. The first failure is logged.
    public convenience init(
        path: String, temporality: MetricTemporalityPreference = .cumulative,
        log: any LogSink = StandardErrorLogSink()
    ) {
        self.init(file: JSONLinesFile(path: path, log: log), temporality: temporality, ownsFile: true)
    }

    /// Writes to a file that others write to as well; its creator closes it.
    package convenience init(file: JSONLinesFile, temporality: MetricTemporalityPreference = .cumulative) {
        self.init(file: file, temporality: temporality, ownsFile: false)
    }

    private init(file: JSONLinesFile, temporality: MetricTemporalityPreference, ownsFile: Bool) {
        self.file = file
        self.temporality = temporality
        self.ownsFile = ownsFile
    }

    public func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        buffer.withLock { buffer in
            defer { buffer.removeAll() }
            buffer.write { OTLPRequest.writeJSONLine(metrics, resource: resource, into: $0) }
            return buffer.withBytes { file.write($0) }
        }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }

    public func shutdown(deadline: ContinuousClock.Instant) { if ownsFile { file.close() } }
}
