#if SwiftLog
import Logging
import SpanlinkRuntime
import Testing
import TracingCore

@Suite struct SwiftLogTests {
    @Test(arguments: zip(Logger.Level.allCases, LogLevel.allCases))
    func levelsHaveTheSameNames(_ theirs: Logger.Level, _ ours: LogLevel) {
        #expect("\(theirs)" == "\(ours)")
        var logger = Logger(label: "test", factory: { _ in RecordingHandler() })
        logger.logLevel = theirs
        #expect(logger.level == ours)
    }

    @Test func anEntryKeepsItsParts() {
        let handler = RecordingHandler()
        let sink: any LogSink = Logger(label: "test", factory: { _ in handler })
        sink.log(.warning, "no broker", metadata: [("host", "a"), ("port", "1"), ("host", "b")])
        sink.log(.trace, "too fine", metadata: [])
        #expect(
            handler.entries.withLock { $0 } == [
                RecordingHandler.Entry(
                    level: .warning, message: "no broker", metadata: ["host": "b", "port": "1"], source: "spanlink")
            ])
    }

    @Test func theActiveSpanIsInTheMetadata() {
        #expect(Logger.MetadataProvider.traceContext.get().isEmpty)
        let span = TracingBackend.core(TracerProvider(processors: [])).startSpan("work")
        let metadata = ActiveContext.current.with(span: span).withActive { Logger.MetadataProvider.traceContext.get() }
        #expect(
            metadata == [
                "trace_id": "\(span.context.traceID)", "span_id": "\(span.context.spanID)",
                "trace_flags": span.context.isSampled ? "03" : "02",
            ])
        span.end()
    }
}

/// Keeps entries. A class, so that a logger's copies share it.
private final class RecordingHandler: LogHandler {
    struct Entry: Equatable {
        var level: Logger.Level
        var message: String
        var metadata: Logger.Metadata
        var source: String
    }

    let entries = Mutex<[Entry]>([])
    private let level = Mutex(Logger.Level.info)

    var logLevel: Logger.Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(
        level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
        function: String, line: UInt
    ) {
        entries.withLock {
            $0.append(Entry(level: level, message: "\(message)", metadata: metadata ?? [:], source: source))
        }
    }
}
#endif
