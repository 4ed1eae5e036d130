import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

/// Answers of servers that are wrong for a reason that users can remove.
@Suite(.serialized, .enabled(if: Python.isAvailable, Comment(rawValue: Python.absence)))
struct ExportPipelineTests {
    private let log = RecordingLogSink()
    private let spans: [SpanData]

    init() {
        var random = RandomTelemetry(seed: 12)
        spans = random.spans(20)
    }

    private func exporter(_ configuration: OTLPConfiguration) throws -> OTLPSpanExporter {
        try OTLPSpanExporter(configuration: configuration, logSink: log)
    }

    private func loss(_ exporter: OTLPSpanExporter, of spans: [SpanData]) -> Int {
        exporter.exportCountingLoss(of: spans, deadline: .now + .seconds(60))
    }

    // MARK: Size

    /// By 413, by the collector's 400 with a text, and by 413 in the middle of the request.
    @Test(arguments: ["", ",400", ",early"])
    func aRefusedRequestIsHalvedUntilItFits(form: String) async throws {
        try await onThread {
            var batch = spans + spans + spans + spans
            // More than the kernel buffers.
            for index in batch.indices {
                batch[index].attributes["text"] = .string(String(repeating: "x", count: 50_000))
            }
            let sink = try ScriptedSink("--limit", "\(encoded(batch).count / 3)\(form)")
            let exporter = try exporter(sink.configuration())
            #expect(loss(exporter, of: batch) == 0)
            let requests = try sink.finish()
            let counts = try requests.filter { $0.step == "200" }.map {
                try OTLPDecoding.spans(Array($0.body)).count
            }
            #expect(counts.reduce(0, +) == 80 && requests.first?.step != "200")
            #expect(exporter.lostSpans.isEmpty && log.entries.allSatisfy { $0.level < .warning })
        }
    }

    @Test func theRefusedSizeIsRemembered() async throws {
        try await onThread {
            let sink = try ScriptedSink("--limit", "\(encoded(spans).count)")
            let exporter = try exporter(sink.configuration())
            let batch = spans + spans + spans + spans
            for _ in 0..<3 { #expect(loss(exporter, of: batch) == 0) }
            let requests = try sink.finish()
            // The first batch finds the limit; the others are divided before they are sent.
            let lastRefusal = try #require(requests.lastIndex { $0.step == "413" })
            let firstBatch = try requests.prefix(lastRefusal).filter { $0.step == "200" }.map {
                try OTLPDecoding.spans(Array($0.body)).count
            }
            #expect(firstBatch.reduce(0, +) < 80)
        }
    }

    @Test func aSpanThatTheServerCallsTooLargeIsLostAlone() async throws {
        try await onThread {
            let sink = try ScriptedSink("--limit", "50000")
            var large = spans[0]
            large.attributes["text"] = .string(String(repeating: "x", count: 100_000))
            let reader = InMemoryMetricReader()
            let exporter = try OTLPSpanExporter(
                configuration: sink.configuration(), meterProvider: MeterProvider(readers: [reader], log: log),
                logSink: log)
            #expect(loss(exporter, of: [spans[1], spans[2], large, spans[3]]) == 1)
            let accepted = try sink.finish().filter { $0.step == "200" }
            #expect(try accepted.flatMap { try OTLPDecoding.spans(Array($0.body)) }.count == 3)
            #expect(exporter.lostSpans == ["request_too_large": 1])
            let exported = reader.points(named: "otel.sdk.exporter.span.exported")
            #expect(exported.first { $0.attributes["error.type"] != nil }?.value == .int(1))
            #expect(exported.first { $0.attributes["error.type"] == nil }?.value == .int(3))
            #expect(reader.points(named: "otel.sdk.exporter.span.inflight").map(\.value) == [.int(0)])
        }
    }

    @Test func aCompressedRequestIsHalvedByItsCompressedSize() async throws {
        try await onThread {
            let sink = try ScriptedSink("--limit", "3000")
            let exporter = try exporter(sink.configuration { $0.compression = .gzip })
            #expect(loss(exporter, of: spans + spans) == 0)
            let requests = try sink.finish()
            #expect(requests.contains { $0.step == "413" })
            let accepted = try requests.filter { $0.step == "200" }.map { try OTLPDecoding.spans(Array($0.body)).count }
            #expect(accepted.reduce(0, +) == 40)
        }
    }

    // MARK: Hints

    @Test func aPageInPlaceOfAnAnswerIsWarnedOfOnce() async throws {
        try await onThread {
            let sink = try ScriptedSink("html", "html", "html")
            var configuration = sink.configuration()
            configuration.endpoint = "http://user:s3cret@127.0.0.1:\(sink.port)/v1/traces?key=s3cret"
            let exporter = try exporter(configuration)
            for _ in 0..<3 { #expect(loss(exporter, of: spans) == 0) }
            _ = try sink.finish()
            #expect(exporter.lostSpans.isEmpty && log.entries.count == 1)
            let entry = try #require(log.entries.first)
            #expect(entry.level == .warning && entry.message.contains("text/html") && entry.message.contains("path"))
            #expect(entry.metadata["endpoint"] == "http://127.0.0.1:\(sink.port)/v1/traces")
        }
    }

    @Test func aMissingPathIsShown() async throws {
        try await onThread {
            let sink = try ScriptedSink("text,404,404 page not found")
            var configuration = sink.configuration()
            configuration.endpoint = "http://user:s3cret@127.0.0.1:\(sink.port)/v1/traces/v1/traces?key=s3cret"
            let exporter = try exporter(configuration)
            #expect(loss(exporter, of: spans) == 20)
            _ = try sink.finish()
            let entry = try #require(log.entries.first)
            #expect(entry.metadata["endpoint"] == "http://127.0.0.1:\(sink.port)/v1/traces/v1/traces")
            #expect(entry.message.contains("404 page not found") && entry.message.contains("Check the path"))
            #expect(!"\(log.entries)".contains("s3cret"))
        }
    }

    /// Servers repeat a wrong token in their answer.
    @Test func aTokenThatTheServerRepeatsIsNotLogged() async throws {
        try await onThread {
            let sink = try ScriptedSink("echo,authorization", "echo,api-key")
            let exporter = try exporter(
                sink.configuration { $0.headers = ["authorization": "Bearer s3cret-token", "api-key": "s3cret"] })
            for _ in 0..<2 { #expect(loss(exporter, of: spans) == 20) }
            _ = try sink.finish()
            exporter.shutdown(deadline: .now)
            #expect(log.entries.first?.message.contains("bad: (not shown)") == true)
            #expect(!"\(log.entries)".contains("s3cret"))
        }
    }

    /// libcurl sends the user-info of the URL in Base64.
    @Test func credentialsThatTheServerRepeatsAreNotLogged() async throws {
        try await onThread {
            let sink = try ScriptedSink("echo,Authorization")
            var configuration = sink.configuration()
            configuration.endpoint = "http://tenant:s3cret@127.0.0.1:\(sink.port)/v1/traces"
            let exporter = try exporter(configuration)
            #expect(loss(exporter, of: spans) == 20)
            #expect(try sink.finish().first?.headers["authorization"] == "Basic dGVuYW50OnMzY3JldA==")
            exporter.shutdown(deadline: .now)
            #expect(log.entries.first?.message.contains("bad: Basic (not shown)") == true)
            #expect(!"\(log.entries)".contains("dGVuYW50"))
        }
    }

    // MARK: TLS

    @Test(arguments: [("1.1", false), ("1.2", true), ("1.3", true)])
    func tlsBelow12IsRefused(version: String, isAccepted: Bool) async throws {
        try await onThread {
            let sink = try ScriptedSink("--tls", version)
            let exporter = try exporter(sink.configuration { if !isAccepted { $0.timeout = .seconds(1) } })
            #expect(loss(exporter, of: spans) == (isAccepted ? 0 : 20))
            #expect(try sink.finish().count == (isAccepted ? 1 : 0))
        }
    }
}
