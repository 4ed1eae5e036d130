import SpanlinkRuntime

/// Writes spans to a file, one line of OTLP JSON an export (OTLP file exporter): ids in hexadecimal, enums as integers,
/// flags with the remote bits.
public final class JSONLinesSpanExporter: SpanExporter {
    private let file: JSONLinesFile
    private let ownsFile: Bool
    private let json = Mutex(JSONWriter())

    /// Appends to the file at `path`, or creates it. Failures go to `log`, the first of them.
    public convenience init(path: String, log: any LogSink = StandardErrorLogSink()) {
        self.init(file: JSONLinesFile(path: path, log: log), ownsFile: true)
    }

    /// Writes to a file that others write to as well; who made it closes it.
    package convenience init(file: JSONLinesFile) { self.init(file: file, ownsFile: false) }

    private init(file: JSONLinesFile, ownsFile: Bool) {
        self.file = file
        self.ownsFile = ownsFile
    }

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        guard !spans.isEmpty else { return true }
        return json.withLock { json in
            defer { json.removeAll() }
            OTLPJSON.write(spans, to: &json)
            json.lineFeed()
            return file.write(json.bytes)
        }
    }

    public func shutdown(deadline: ContinuousClock.Instant) { if ownsFile { file.close() } }
}
