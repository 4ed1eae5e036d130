import Foundation
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

private func farAway() -> ContinuousClock.Instant { .now + .seconds(60) }

@Suite(.serialized, .enabled(if: Python.isAvailable, Comment(rawValue: Python.absence)))
struct HTTPExportTests {
    private let log = RecordingLogSink()
    private let spans: [SpanData]

    init() {
        var random = RandomTelemetry(seed: 11)
        spans = random.spans(20)
    }

    private func exporter(_ configuration: OTLPConfiguration) throws -> OTLPSpanExporter {
        try OTLPSpanExporter(configuration: configuration, logSink: log)
    }

    /// Exports some of the spans, all unless said. Not spelled out where it is expected: failures would print them.
    private func send(
        _ exporter: OTLPSpanExporter, _ range: Range<Int> = 0..<20, by deadline: ContinuousClock.Instant? = nil
    ) -> Bool {
        exporter.export(Array(spans[range]), deadline: deadline ?? farAway())
    }

    @Test(arguments: OTLPConfiguration.Compression.allCases)
    func aRequestIsAsTheSpecificationHasIt(compression: OTLPConfiguration.Compression) async throws {
        try await onThread {
            let sink = try ScriptedSink()
            let exporter = try exporter(
                sink.configuration {
                    $0.compression = compression
                    $0.headers = ["api-key": "secret with blanks", "x-empty": ""]
                })
            for _ in 0..<3 { #expect(send(exporter)) }
            #expect(send(exporter, 0..<0))
            let requests = try sink.finish()
            #expect(requests.count == 3)
            for request in requests {
                #expect(request.path == "/v1/traces")
                #expect(request.body.elementsEqual(encoded(spans)))
                #expect(request.headers["content-type"] == "application/x-protobuf")
                #expect(request.headers["content-encoding"] == (compression == .gzip ? "gzip" : nil))
                #expect(request.headers["user-agent"] == "OTel-OTLP-Exporter-Swift/\(SpanlinkVersion.current)")
                #expect(request.headers["api-key"] == "secret with blanks" && request.headers["x-empty"] == "")
                #expect(request.headers["expect"] == nil)
                // Kept alive.
                #expect(request.connection == 0)
            }
            #expect(log.entries.isEmpty && exporter.lostSpans.isEmpty)
        }
    }

    @Test func metricsAreSentToTheirOwnPath() async throws {
        try await onThread {
            let sink = try ScriptedSink()
            var configuration = sink.configuration()
            configuration.endpoint = "http://127.0.0.1:\(sink.port)/v1/metrics"
            var random = RandomTelemetry(seed: 3)
            let metrics = random.metrics(20)
            let exporter = try OTLPMetricExporter(configuration: configuration, logSink: log)
            let resource = Resource(attributes: ["service.name": "orders"])
            let isExported = exporter.export(metrics, resource: resource, deadline: farAway())
            #expect(isExported)
            let request = try #require(try sink.finish().first)
            #expect(request.path == "/v1/metrics" && request.body.elementsEqual(encoded(metrics, resource)))
        }
    }

    /// A proxy is asked for the whole URL, and it alone needs to know the host.
    @Test func aProxyIsUsed() async throws {
        try await onThread {
            let sink = try ScriptedSink()
            var configuration = OTLPConfiguration(endpoint: "http://collector.invalid:4318/v1/traces")
            configuration.proxy = "http://127.0.0.1:\(sink.port)"
            #expect(send(try exporter(configuration)))
            configuration.proxy = ""
            configuration.timeout = .milliseconds(100)
            #expect(!send(try exporter(configuration)))
            let requests = try sink.finish()
            #expect(requests.map(\.path) == ["http://collector.invalid:4318/v1/traces"])
            #expect(requests.first?.body.elementsEqual(encoded(spans)) == true)
        }
    }

    @Test func onlyWhatTheSpecificationAllowsIsTriedAgain() async throws {
        try await onThread {
            let sink = try ScriptedSink("503,Retry-After=1", "500", "hang", "close", "200", "502", "504", "429", "200")
            let exporter = try exporter(sink.configuration())
            let impatient = try self.exporter(sink.configuration { $0.timeout = .seconds(1) })
            // 503 is tried again when the server says; 500 is not.
            let start = ContinuousClock.now
            #expect(!send(exporter, 0..<0 + 1))
            #expect(start.duration(to: .now) >= .seconds(1))
            // No answer until the batch's own time-out.
            #expect(!send(impatient, 1..<1 + 1))
            // A connection that is lost in the middle is made again.
            #expect(send(exporter, 2..<2 + 1))
            #expect(send(exporter, 3..<3 + 1))
            #expect(send(exporter, 4..<4 + 1))
            let requests = try sink.finish()
            #expect(
                requests.map(\.step) == [
                    "503,Retry-After=1", "500", "hang", "close", "200", "502", "504", "429", "200", "200",
                ])
            let order = [0, 0, 1, 2, 2, 3, 3, 3, 3, 4]
            for (request, batch) in zip(requests, order) where request.step != "close" {
                #expect(request.body.elementsEqual(encoded([spans[batch]])))
            }
            #expect(exporter.lostSpans == ["500": 1] && impatient.lostSpans == ["timeout": 1])
            #expect(log.entries.filter { $0.level == .warning }.map { $0.metadata["reason"] } == ["500", "timeout"])
        }
    }

    @Test(arguments: [300, 307, 400, 401, 404, 500, 501, 505])
    func otherStatusesAreFinal(status: Int) async throws {
        try await onThread {
            let sink = try ScriptedSink("status,\(status),no such thing")
            let exporter = try exporter(sink.configuration())
            #expect(!send(exporter))
            #expect(!send(exporter, by: .now))
            #expect(try sink.finish().count == 1)
            #expect(exporter.lostSpans == ["\(status)": 20, "timeout": 20])
            #expect(log.entries.first?.message.contains("no such thing") == true)
        }
    }

    @Test func aPartialSuccessIsNotTriedAgain() async throws {
        try await onThread {
            let sink = try ScriptedSink("partial,3,too old", "partial,0,slow down", "partial,20,all bad")
            let reader = InMemoryMetricReader()
            let provider = MeterProvider(readers: [reader], log: log)
            let exporter = try OTLPSpanExporter(
                configuration: sink.configuration(), meterProvider: provider, logSink: log)
            #expect(send(exporter))
            #expect(send(exporter))
            #expect(!send(exporter))
            #expect(try sink.finish().count == 3)
            #expect(exporter.lostSpans == ["rejected": 23])
            #expect(log.entries.count == 2)
            #expect(log.entries[0].message.contains("too old") && log.entries[0].level == .warning)
            #expect(log.entries[1].message.contains("slow down") && log.entries[1].level == .info)

            let exported = reader.points(named: "otel.sdk.exporter.span.exported")
            #expect(exported.map(\.value).sorted { "\($0)" < "\($1)" } == [.int(23), .int(37)])
            let rejected = try #require(exported.first { $0.attributes["error.type"] != nil })
            #expect(rejected.value == .int(23) && rejected.attributes["error.type"] == "rejected")
            #expect(rejected.attributes["otel.component.type"] == "otlp_http_span_exporter")
            #expect(rejected.attributes["server.address"] == "127.0.0.1")
            #expect(rejected.attributes["server.port"] == .int(sink.port))
            #expect(reader.points(named: "otel.sdk.exporter.span.inflight").map(\.value) == [.int(0)])
            let durations = reader.points(named: "otel.sdk.exporter.operation.duration")
            #expect(durations.allSatisfy { $0.attributes["http.response.status_code"] == 200 })
            #expect(
                durations.reduce(0) { sum, point in
                    if case .histogram(let value) = point.value { sum + value.count } else { sum }
                } == 3)
        }
    }

    @Test func limitsOfSize() async throws {
        try await onThread {
            let sink = try ScriptedSink("large,2000", "large,100")
            let exporter = try exporter(
                sink.configuration {
                    $0.maxRequestBytes = encoded(spans).count
                    $0.maxResponseBytes = 1000
                })
            #expect(!send(exporter))
            #expect(send(exporter))
            #expect(try sink.finish().map(\.step) == ["large,2000", "large,100"])
            #expect(exporter.lostSpans == ["response_too_large": 20])
        }
    }

    @Test func whatTheServerRejectsTheProcessorCountsToo() async throws {
        let sink = try await onThread { try ScriptedSink("partial,3,too old") }
        let provider = TracerProvider(processors: [
            BatchSpanProcessor(exporter: try exporter(sink.configuration()), logSink: log)
        ])
        for _ in 0..<5 { await TracingBackend.core(provider).withSpan("work") { _ in } }
        #expect(await !provider.forceFlush(timeout: .seconds(60)))
        #expect(provider.lostSpans == [.exportFailed: 3])
        _ = try await onThread { try sink.finish() }
        #expect(await provider.shutdown(timeout: .seconds(60)))
    }

    @Test func whatIsTooLargeForOneRequestGoesInSeveral() async throws {
        try await onThread {
            let sink = try ScriptedSink("200", "partial,3,too old", "200", "400", "200", "200")
            let exporter = try exporter(
                sink.configuration { $0.maxRequestBytes = encoded(spans).count })
            let loss = exporter.exportCountingLoss(of: spans + spans + spans + spans, deadline: farAway())
            #expect(loss == 23)
            // Twenty spans fit, and one more does not.
            #expect(exporter.export(spans + [spans[0]], deadline: farAway()))
            let counts = try sink.finish().map { try OTLPDecoding.spans(Array($0.body)).count }
            #expect(counts == [20, 20, 20, 20, 10, 11])
            #expect(exporter.lostSpans == ["rejected": 3, "400": 20])
        }
    }

    @Test func theTimeoutIsThatOfAllItsRequests() async throws {
        try await onThread {
            let sink = try ScriptedSink("hang", "hang", "hang", "hang")
            let exporter = try exporter(
                sink.configuration {
                    $0.maxRequestBytes = encoded(spans).count
                    $0.timeout = .seconds(1)
                })
            #expect(exporter.exportCountingLoss(of: spans + spans + spans + spans, deadline: farAway()) == 80)
            #expect(try sink.finish().count == 1)
            #expect(exporter.lostSpans == ["timeout": 80])
        }
    }

    @Test func metricsThatAreLostInPartAreNoSuccess() async throws {
        let sink = try await onThread { try ScriptedSink("partial,1,too old") }
        let exporter = try OTLPMetricExporter(configuration: sink.configuration(), logSink: log)
        let provider = MeterProvider(
            readers: [PeriodicMetricReader(exporter: exporter, timeout: .seconds(60), log: log)], log: log)
        for name in ["one", "two", "three"] { provider.counter(name: name, scope: .application).add(1) }
        #expect(await provider.forceFlush() == false)
        #expect(exporter.lostPoints == ["rejected": 1])
        #expect(await provider.shutdown())
        #expect(try await onThread { try sink.finish().count } == 2)
    }

    @Test func oneThatIsTooLargeAloneIsLostAlone() async throws {
        try await onThread {
            let sink = try ScriptedSink("200", "200")
            var large = spans[0]
            large.attributes["text"] = .string(String(repeating: "x", count: 100_000))
            let exporter = try exporter(sink.configuration { $0.maxRequestBytes = 50_000 })
            #expect(exporter.exportCountingLoss(of: [spans[1], spans[2], large, spans[3]], deadline: farAway()) == 1)
            #expect(try sink.finish().map { try OTLPDecoding.spans(Array($0.body)).count } == [2, 1])
            #expect(exporter.lostSpans == ["request_too_large": 1])
            #expect(log.entries.contains { $0.message.contains("maxRequestBytes") })
        }
    }

    @Test func aMetricThatIsTooLargeIsDividedByItsPoints() async throws {
        try await onThread {
            let sink = try ScriptedSink("--limit", "20000")
            let reader = InMemoryMetricReader()
            let counter = MeterProvider(readers: [reader], log: log).counter(name: "large", scope: .application)
            for index in 0..<500 { counter.add(1, attributes: ["name": .string("a name with some length \(index)")]) }
            let exporter = try OTLPMetricExporter(
                configuration: sink.configuration { $0.endpoint = sink.base + "/v1/metrics" }, logSink: log)
            let isExported = exporter.export(reader.collect(), resource: Resource(), deadline: farAway())
            #expect(isExported && exporter.lostPoints.isEmpty)
            let accepted = try sink.finish().filter { $0.step == "200" }.flatMap {
                try OTLPDecoding.metrics(Array($0.body)).1
            }
            #expect(accepted.map(\.points.count).reduce(0, +) == 500 && accepted.count > 1)
            #expect(accepted.allSatisfy { $0.name == "large" })
        }
    }

    @Test func aServerThatIsNotThereIsTriedUntilTheDeadline() async throws {
        try await onThread {
            // A port on which nobody listens, and that the system hands out to no other test.
            var configuration = OTLPConfiguration(endpoint: "http://127.0.0.1:1/v1/traces")
            configuration.retry.initialBackoff = .milliseconds(1)
            configuration.retry.maxBackoff = .milliseconds(2)
            let exporter = try exporter(configuration)
            #expect(!send(exporter, by: .now + .seconds(3)))
            // The deadline may fall into an attempt, which then ends by it.
            #expect([["connection_failed": 20], ["timeout": 20]].contains(exporter.lostSpans))
            let attempts = try #require(log.entries.last?.metadata["attempts"].flatMap(Int.init))
            #expect(attempts > 1)
        }
    }

    // MARK: Shutdown

    @Test func shutdownEndsTheWaitForAnAnswer() async throws {
        let sink = try ScriptedSink("hang")
        let exporter = try exporter(sink.configuration())
        async let exported = onThread { send(exporter) }
        try await onThread { try sink.waitForRequest() }
        exporter.beginShutdown(deadline: .now)
        #expect(try await !exported)
        #expect(exporter.lostSpans == ["timeout": 20])
        exporter.shutdown(deadline: .now)
        #expect(try await !onThread { send(exporter) })
        #expect(exporter.lostSpans == ["timeout": 20, "already_shutdown": 20])
        #expect(try sink.finish().count == 1)
    }

    @Test func shutdownEndsTheBackOffWithALastAttempt() async throws {
        let sink = try ScriptedSink("503", "503")
        let waits = WaitingLog()
        let exporter = try OTLPSpanExporter(
            configuration: sink.configuration {
                $0.retry.initialBackoff = .seconds(50)
                $0.timeout = .zero
            }, logSink: waits)
        async let exported = onThread { send(exporter) }
        await waits.retries.value()
        exporter.beginShutdown(deadline: farAway())
        #expect(try await !exported)
        #expect(try sink.finish().count == 2)
        #expect(exporter.lostSpans == ["503": 20])
    }

    @Test func shutdownHeedsAServerThatWantsToBeLeftAlone() async throws {
        let sink = try ScriptedSink("503,Retry-After=50")
        let waits = WaitingLog()
        let exporter = try OTLPSpanExporter(
            configuration: sink.configuration { $0.timeout = .zero }, logSink: waits)
        async let exported = onThread { send(exporter) }
        await waits.retries.value()
        exporter.beginShutdown(deadline: farAway())
        #expect(try await !exported)
        #expect(try sink.finish().count == 1)
        #expect(exporter.lostSpans == ["shutdown": 20])
    }

    @Test func aProcessorsShutdownIsNotHeldUpByADeadServer() async throws {
        let sink = try ScriptedSink("hang")
        var batches = BatchSpanProcessor.Configuration()
        batches.maxExportBatchSize = 1
        let exporter = try exporter(sink.configuration { $0.timeout = .zero })
        let processor = BatchSpanProcessor(exporter: exporter, configuration: batches, logSink: log)
        let provider = TracerProvider(processors: [processor], logSink: log)
        let backend = TracingBackend.core(provider)
        for _ in 0..<10 { backend.startSpan("span", scope: .application).end() }
        try await onThread { try sink.waitForRequest() }
        #expect(await provider.shutdown(timeout: .milliseconds(100)) == false)
        // Each span is accounted for, once the thread has ended.
        _ = try await onThread { try sink.finish() }
        #expect(provider.lostSpans.values.reduce(0, +) >= 9)
    }
}

/// Resolves when an exporter says that it waits for another attempt.
private final class WaitingLog: LogSink {
    let retries = Promise<Void>()
    var level: LogLevel { .debug }

    func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {
        if message == "An export is tried again" { retries.resolve(()) }
    }
}
