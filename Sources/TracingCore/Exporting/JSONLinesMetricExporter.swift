import SpanlinkRuntime

/// Writes metrics to a file, one line of OTLP JSON an export, as the collector's file receiver reads it
/// (OTLP file exporter).
public final class JSONLinesMetricExporter: MetricExporter {
    public let temporality: MetricTemporalityPreference
    private let file: JSONLinesFile
    private let ownsFile: Bool
    private let json = Mutex(JSONWriter())

    /// Appends to the file at `path`, or creates it. Failures go to `log`, the first of them.
    public convenience init(
        path: String, temporality: MetricTemporalityPreference = .cumulative,
        log: any LogSink = StandardErrorLogSink()
    ) {
        self.init(file: JSONLinesFile(path: path, log: log), temporality: temporality, ownsFile: true)
    }

    /// Writes to a file that others write to as well; who made it closes it.
    package convenience init(file: JSONLinesFile, temporality: MetricTemporalityPreference = .cumulative) {
        self.init(file: file, temporality: temporality, ownsFile: false)
    }

    private init(file: JSONLinesFile, temporality: MetricTemporalityPreference, ownsFile: Bool) {
        self.file = file
        self.temporality = temporality
        self.ownsFile = ownsFile
    }

    public func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        json.withLock { json in
            defer { json.removeAll() }
            OTLPJSON.write(metrics, resource: resource, to: &json)
            json.lineFeed()
            return file.write(json.bytes)
        }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }

    public func shutdown(deadline: ContinuousClock.Instant) { if ownsFile { file.close() } }
}
