/// Prints each span on one line, for people who look at a program at work (OpenTelemetry's `console` exporter).
///
/// For debugging and learning, not for production: the form is for reading and may change. ``JSONLinesSpanExporter`` writes
/// one that does not.
public struct ConsoleSpanExporter: SpanExporter {
    private let fileDescriptor: Int32

    /// An exporter that writes to standard output, or to another descriptor that stays open.
    public init(fileDescriptor: Int32 = 1) { self.fileDescriptor = fileDescriptor }

    public func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        let text = spans.map { Self.line($0) + "\n" }.joined()
        let result = FileWriting.write(Array(text.utf8), to: fileDescriptor)
        return result.error == 0
    }

    static func line(_ span: SpanData) -> String {
        var parts = [
            "\(span.startTime)", "\(span.kind)".uppercased(), "\"\(span.name)\"",
            "trace=\(span.context.traceID)", "span=\(span.context.spanID)",
        ]
        if let parent = span.parent { parts.append("parent=\(parent.spanID)") }
        let milliseconds = Double(span.duration / .microseconds(1)) / 1000
        parts.append("\(milliseconds)ms")
        if span.status != .unset { parts.append("status=\(span.status)") }
        parts += span.attributes.map { "\($0.key)=\($0.value.text)" }
        if !span.links.isEmpty { parts.append("links=\(span.links.count)") }
        if span.droppedLinksCount > 0 { parts.append("droppedLinks=\(span.droppedLinksCount)") }
        return oneLine(parts.joined(separator: " "))
    }

    /// Control characters are escaped: they could break the line, or speak to the terminal.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.properties.generalCategory == .control {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
}
