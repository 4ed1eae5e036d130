import Foundation
import TestSupport
import Testing

@testable import TracingCore

@Suite struct LoggingTests {
    static let time = Timestamp(nanosecondsSinceEpoch: 1_795_266_000_000_000_000)

    @Test func anEntryIsOneLine() {
        let line = StandardErrorLogSink.line(
            .warning, "spans\nwere \"lost\" \u{1B}[31m",
            metadata: [
                ("count", "3"), ("path", "a b"), ("empty", ""), ("quote", "x=\"y\"\n"), ("back", "a\\b"),
                ("what", "é"),
            ], at: Self.time)
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"2026-11-21T13:00:00.000Z warning spanlink: spans\nwere "lost" \x1b[31m count=3 path="a b" "#
                + #"empty="" quote="x=\"y\"\n" back="a\\b" what=é"# + "\n")
    }

    @Test func whatIsBelowTheLevelIsNeitherWrittenNorFormatted() throws {
        let pipe = Pipe()
        let sink = StandardErrorLogSink(level: .warning, descriptor: pipe.fileHandleForWriting.fileDescriptor)
        var formatted = 0
        func text(_ value: String) -> String {
            formatted += 1
            return value
        }
        sink.info(text("info"))
        sink.log(.debug, "debug", metadata: [])
        sink.warning(text("warning"), metadata: [("a", "b")])
        sink.error(text("error"))
        try pipe.fileHandleForWriting.close()
        let lines = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\n")
        #expect(
            lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
                "warning spanlink: warning a=b", "error spanlink: error",
            ])
        #expect(formatted == 2)
        #expect(StandardErrorLogSink().level == .warning)
    }

    @Test func aRepeatedConditionIsLoggedOnceAndCounted() {
        let sink = RecordingLogSink()
        let once = LogOnce(sink: sink, interval: .seconds(60))
        let start = ContinuousClock.now
        for second in 0..<70 {
            once.log("a", "A", metadata: [("n", "\(second)")], now: start.advanced(by: .seconds(second)))
        }
        once.log("b", level: .error, "B", now: start)
        #expect(
            sink.entries == [
                .init(level: .warning, message: "A", metadata: ["n": "0"]),
                .init(level: .warning, message: "A", metadata: ["n": "60", "repeated": "59"]),
                .init(level: .error, message: "B", metadata: [:]),
            ])
        once.flush()
        once.flush()
        #expect(sink.entries.dropFirst(3) == [.init(level: .warning, message: "A", metadata: ["repeated": "9"])])
    }

    @Test func withoutAnIntervalItIsLoggedOnceEver() {
        let sink = RecordingLogSink()
        let once = LogOnce(sink: sink, interval: nil)
        for hour in 0..<3 { once.log("a", "A", now: .now.advanced(by: .seconds(3600 * hour))) }
        #expect(sink.entries.count == 1)
    }

    @Test func keysAreBounded() {
        let sink = RecordingLogSink()
        let once = LogOnce(sink: sink, maximumKeys: 2)
        for key in ["a", "b", "c", "d", "a"] { once.log(key, "key \(key)") }
        #expect(sink.entries.map(\.message) == ["key a", "key b", "key c"])
        once.flush()
        #expect(sink.entries.dropFirst(3).map(\.message) == ["key a", "key c"])
    }

    @Test func noSinkTakesNothing() {
        let sink = NoLogSink()
        var formatted = false
        func text() -> String {
            formatted = true
            return ""
        }
        sink.error(text())
        #expect(!formatted)
    }
}
