import SpanlinkRuntime
public import TracingCore

/// Writes spans to a file, one line of OTLP JSON an export (OTLP file exporter): ids in hexadecimal, enums as integers,
/// flags with the remote bits.
public final class JSONLinesSpanExporter: SpanExporter {
    private let file: JSONLinesFile
    private let ownsFile: Bool
    private let buffer = Mutex(RequestBuffer())

    /// Appends to the file at `path`, or creates it, readable and writable by its owner alone. The first failure is logged.
    public convenience init(path: String, log: any LogSink = StandardErrorLogSink()) {
        self.init(file: JSONLinesFile(path: path, log: log), ownsFile: true)
    }

    /// Writes to a file that others write to as well; its creator closes it.
    package convenience init(file: JSONLinesFile) { self.init(file: file, ownsFile: false) }

    private init(file: JSONLinesFile, ownsFile: Bool) {
        self.file = file
        self.ownsFile = ownsFile
    }

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        spans.isEmpty || writeLine { OTLPRequest.writeJSONLine(spans, into: $0) }
    }

    public func shutdown(deadline: ContinuousClock.Instant) { if ownsFile { file.close() } }

    private func writeLine(_ write: @Sendable (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
        buffer.withLock { buffer in
            defer { buffer.removeAll() }
            buffer.write(write)
            return buffer.withBytes { file.write($0) }
        }
    }
}

extension JSONLinesSpanExporter: EncodedSpanExporter {
    package var spanEncoder: any SpanEncoder { JSONSpanEncoder() }

    package func export(_ spans: EncodedSpans, deadline: ContinuousClock.Instant) -> Int {
        spans.count == 0 || writeLine { OTLPRequest.writeJSONLine(spans, into: $0) } ? 0 : spans.count
    }
}
