import Foundation
import OTLPExporter
import SpanlinkRuntime
import SpanlinkTelemetry
import TestSupport
import Testing
import TracedKafka
import TracingCore
import TracingTestKit

/// What an application notices of a collector that is away: nothing. What arrives when it is back: everything.
@Suite(
    .serialized, .timeLimit(.minutes(5)),
    .enabled(if: Collector.isAvailable && Toxiproxy.isThere, Comment(rawValue: Collector.absence)))
struct OutageTests {
    enum Outage: String, CaseIterable, Sendable {
        /// The collector's process stands still, or is killed and started again.
        case paused, killed
        /// The network refuses, swallows, cuts answers or requests in the middle, or is slow.
        case refused, swallowed, answersCut, requestsCut, slow, sliced

        /// Whether spans still arrive.
        var letsSomethingThrough: Bool { self == .slow || self == .sliced || self == .answersCut }
    }

    @Test(arguments: Outage.allCases, OTLPConfiguration.TransportProtocol.allCases)
    func noSendWaitsAndNoSpanIsLost(
        _ outage: Outage, transport: OTLPConfiguration.TransportProtocol
    ) async throws {
        let collector = try await onThread { try Collector() }
        try await Toxiproxy.with { toxiproxy in
            let proxy = try await toxiproxy.proxy(
                "collector", to: transport == .grpc ? collector.grpcPort : collector.httpPort)
            let log = RecordingLogSink()
            let metrics = InMemoryMetricReader()
            let telemetry = try telemetry(port: proxy.port, transport, log: log, metrics: metrics)
            let kafka = try EmbeddedKafka(topics: ["t": 1])
            let producer = try KafkaProducer(
                configuration: .init(
                    bootstrapServers: kafka.bootstrapServers, properties: EmbeddedKafka.producerDefaults),
                tracing: telemetry.backend)
            /// Sends that many at once; how many of them do not end.
            func blockedSends(of count: Int) async -> Int {
                let ended = Counter()
                for index in 0..<count {
                    Task {
                        _ = try await producer.send(.init(topic: "t", value: "\(index)", partition: 0))
                        ended.increment()
                    }
                }
                try? await eventually { ended.value == count }
                return count - ended.value
            }

            #expect(await blockedSends(of: 50) == 0)
            #expect(await telemetry.forceFlush(timeout: .seconds(120)))
            try await begin(outage, collector, proxy, toxiproxy)
            let blocked = await blockedSends(of: 300)
            let exported = metrics.points(named: "otel.sdk.exporter.span.exported").map(\.value)
            if !outage.letsSomethingThrough { #expect(exported == [.int(50)]) }
            // Every send has ended, though no export has: nobody but the exporter waits for the collector.
            #expect(blocked == 0)
            try await end(outage, collector, proxy, toxiproxy)
            #expect(await telemetry.forceFlush(timeout: .seconds(120)))
            await producer.shutdown()
            await telemetry.shutdown(timeout: .seconds(120))

            #expect(telemetry.lostSpans.isEmpty)
            #expect(log.entries.filter { $0.level >= .error }.isEmpty)
            // A request whose answer was cut is sent again: a span may be there twice, never not at all.
            let spans = try await onThread { try collector.finish("traces").flatMap(Collector.spanIDs) }
            #expect(Set(spans).count == 350)
        }
    }

    /// Nothing is exported, and the queue is small: what does not fit is counted, nothing waits, and the end comes in time.
    @Test(arguments: [true, false]) func aFullQueueAndADeadCollector(isPaused: Bool) async throws {
        let collector = try await onThread { try Collector() }
        try await onThread { try collector.control(isPaused ? "pause" : "kill") }
        let log = RecordingLogSink()
        let telemetry = try telemetry(port: collector.httpPort, log: log, metrics: nil) {
            $0.batchProcessor.maxQueueSize = 64
            $0.batchProcessor.maxExportBatchSize = 16
        }
        for _ in 0..<1_000 { telemetry.backend.startSpan("work", parent: .root, scope: .application).end() }
        await telemetry.shutdown(timeout: .seconds(3))
        // The last word may come a moment after the time-out; `run` waits for it. The collector is still away.
        try await telemetry.run()
        let lost = telemetry.lostSpans
        #expect(lost.values.reduce(0, +) == 1_000, "\(lost)")
        #expect(lost[.queueFull, default: 0] >= 1_000 - 64 - 16)
        let last = try #require(log.entries.last { $0.message == "spans were lost" })
        #expect(last.metadata.values.compactMap { Int($0) }.reduce(0, +) == 1_000)
    }

    /// The program may exit when `shutdown` returns, while the last metrics still wait for the collector.
    @Test func lostSpansAreSaidBeforeTheMetricsGiveUp() async throws {
        let collector = try await onThread { try Collector() }
        try await onThread { try collector.control("pause") }
        let log = RecordingLogSink()
        let telemetry = try telemetry(port: collector.httpPort, log: log, metrics: nil) {
            $0.metricExporters = [.otlp(.init(endpoint: "http://127.0.0.1:\(collector.httpPort)/v1/metrics"))]
        }
        for _ in 0..<100 { telemetry.backend.startSpan("work", parent: .root, scope: .application).end() }
        await telemetry.shutdown(timeout: .seconds(6))
        try await telemetry.run()
        func position(_ beginning: String) -> Int? { log.entries.firstIndex { $0.message.hasPrefix(beginning) } }
        try await eventually("the exporter of metrics has given up") { position("Metrics are lost") != nil }
        #expect(try #require(position("spans were lost")) < #require(position("Metrics are lost")))
        #expect(position("the last metrics could not all be exported") != nil)
        try await eventually("each span is accounted for") { telemetry.lostSpans.values.reduce(0, +) == 100 }
    }

    private func telemetry(
        port: Int, _ transport: OTLPConfiguration.TransportProtocol = .httpProtobuf, log: RecordingLogSink,
        metrics: InMemoryMetricReader?,
        _ change: (inout Telemetry.Configuration) -> Void = { _ in }
    ) throws -> Telemetry {
        var otlp = OTLPConfiguration(endpoint: "http://127.0.0.1:\(port)/v1/traces", protocol: transport)
        otlp.timeout = .seconds(120)
        otlp.retry.initialBackoff = .milliseconds(10)
        otlp.retry.maxBackoff = .milliseconds(50)
        var configuration = Telemetry.Configuration(serviceName: "outage")
        configuration.spanExporters = [.otlp(otlp)]
        if let metrics { configuration.metricExporters = [.reader(metrics)] }
        configuration.batchProcessor.maxExportBatchSize = 50
        configuration.batchProcessor.exportTimeout = .seconds(120)
        configuration.setsGlobalBackend = false
        configuration.logSink = log
        change(&configuration)
        return try Telemetry(configuration: configuration)
    }

    private func begin(
        _ outage: Outage, _ collector: Collector, _ proxy: Toxiproxy.Proxy, _ toxiproxy: Toxiproxy
    ) async throws {
        switch outage {
        case .paused: try await onThread { try collector.control("pause") }
        case .killed:
            // What it has answered for it writes a little later.
            try await eventually("the collector has written the first ones") {
                try collector.written("traces").flatMap(Collector.spanIDs).count >= 50
            }
            try await onThread { try collector.control("kill") }
        case .refused: try await toxiproxy.set(proxy, isUp: false)
        case .swallowed: try await toxiproxy.add("timeout", ["timeout": 0], .upstream, to: proxy)
        case .answersCut: try await toxiproxy.add("limit_data", ["bytes": 20], .downstream, to: proxy)
        case .requestsCut: try await toxiproxy.add("limit_data", ["bytes": 2_000], .upstream, to: proxy)
        case .slow: try await toxiproxy.add("latency", ["latency": 200], .downstream, to: proxy)
        case .sliced: try await toxiproxy.add("slicer", ["average_size": 50, "delay": 1], .upstream, to: proxy)
        }
    }

    private func end(
        _ outage: Outage, _ collector: Collector, _ proxy: Toxiproxy.Proxy, _ toxiproxy: Toxiproxy
    ) async throws {
        switch outage {
        case .paused: try await onThread { try collector.control("resume") }
        case .killed: try await onThread { try collector.control("restart") }
        case .refused: try await toxiproxy.set(proxy, isUp: true)
        case .swallowed, .requestsCut, .sliced: try await toxiproxy.remove(.upstream, from: proxy)
        case .answersCut, .slow: try await toxiproxy.remove(.downstream, from: proxy)
        }
    }
}

/// What tasks count together.
private final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .acquiring) }
    func increment() { count.wrappingAdd(1, ordering: .releasing) }
}
