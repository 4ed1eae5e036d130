import Foundation
import TestSupport
import Testing
import TracingCore

@Suite struct ConsoleSpanExporterTests {
    @Test func aSpanIsALine() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        let exporter = ConsoleSpanExporter(fileDescriptor: handle.fileDescriptor)
        let backend = TracingBackend.core(TracerProvider(processors: [SimpleSpanProcessor(exporter: exporter)]))
        let span = backend.startSpan(
            "two\nlines", kind: .producer, parent: .span(validContext), attributes: ["a": "x"],
            links: SpanLinks(validContext), at: Timestamp(nanosecondsSinceEpoch: 0))
        span.setStatus(.error("no"))
        span.end(at: Timestamp(nanosecondsSinceEpoch: 1_500_000))
        backend.startSpan("second").end()
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        let first = try #require(lines.first)
        for part in [
            "1970-01-01T00:00:00.000000000Z PRODUCER", #""two\nlines""#, "trace=\(validContext.traceID)",
            "span=\(span.context.spanID)", "parent=\(validContext.spanID)", " 1.5ms", "no", "a=", "links=1",
        ] {
            #expect(first.contains(part))
        }
        try handle.close()
    }

    @Test func whatCannotBeWrittenIsLost() {
        let processor = SimpleSpanProcessor(exporter: ConsoleSpanExporter(fileDescriptor: -1))
        TracingBackend.core(TracerProvider(processors: [processor])).startSpan("lost").end()
        #expect(processor.lostSpans == [.exportFailed: 1])
    }
}

@Suite struct InMemorySpanExporterTests {
    @Test func itKeepsSpansInTheOrderOfTheirEnds() {
        let tracing = MemoryTracing()
        let first = tracing.backend.startSpan("first")
        let second = tracing.backend.startSpan("second")
        second.end()
        first.end()
        #expect(tracing.spans.map(\.name) == ["second", "first"])
        tracing.exporter.reset()
        #expect(tracing.spans.isEmpty)
    }
}
