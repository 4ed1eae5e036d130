import Foundation
import SpanlinkRuntime
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore

private struct Failure: Error {}

func temporaryFile() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).jsonl")
}

@Suite struct TelemetryTests {
    private let log = RecordingLogSink()

    @Test func spansAndMetricsReachOneFile() async throws {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(at: file) }
        let telemetry = try telemetry(
            [
                "OTEL_TRACES_EXPORTER": "otlp_file", "OTEL_METRICS_EXPORTER": "otlp_file",
                "SPANLINK_SPANS_FILE": file.path, "SPANLINK_METRICS_FILE": file.path,
                "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
            ], log: log)
        telemetry.meterProvider.counter(name: "work", scope: .application).add(3)
        await telemetry.withSpan("outer") { _ in await telemetry.withSpan("inner") { _ in } }
        #expect(await telemetry.forceFlush(timeout: .seconds(120)))
        await telemetry.withSpan("late", linkedTo: [StoredTraceContext(traceparent: "no context")]) { _ in }
        await telemetry.shutdown()

        let spans = try ExportedSpan.read(file)
        #expect(spans.map(\.name) == ["inner", "outer", "late"])
        #expect(spans[0].parentSpanID == spans[1].spanID)
        let text = try String(contentsOf: file, encoding: .utf8)
        for part in ["\"work\"", "otel.sdk.processor.span.processed", "deployment.environment.name", "\"orders\""] {
            #expect(text.contains(part))
        }
        #expect(
            text.split(separator: "\n").allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
        #expect(log.entries.isEmpty)
    }

    @Test func destinationsOfCode() async throws {
        let (memory, custom) = (InMemorySpanExporter(), InMemorySpanExporter())
        let (metrics, reader) = (InMemoryMetricExporter(), InMemoryMetricReader())
        let telemetry = try telemetry(log: log) {
            $0.spanExporters = [.inMemory(memory), .custom(custom)]
            $0.metricExporters = [.custom(metrics), .reader(reader)]
        }
        await telemetry.withSpan("span") { _ in }
        // Memory at once, the other one in batches.
        #expect(memory.finishedSpans.map(\.name) == ["span"])
        #expect(memory.finishedSpans.first?.resource == telemetry.resource)
        telemetry.meterProvider.counter(name: "work", scope: .application).add(1)
        #expect(reader.points(named: "work").count == 1)
        await telemetry.shutdown()
        #expect(custom.finishedSpans.map(\.name) == ["span"])
        #expect(metrics.points(named: "work").count == 1 && metrics.isShutDown)
    }

    @Test func whenDisabledNothingIsRecordedAndContextsPass() async throws {
        let memory = InMemorySpanExporter()
        let telemetry = try telemetry(["OTEL_SDK_DISABLED": "True"], log: log) {
            $0.spanExporters = [.inMemory(memory)]
        }
        await telemetry.withSpan("span") { #expect(!$0.isRecording) }
        #expect(!telemetry.backend.isObserving && !telemetry.meterProvider.isEnabled)
        #expect(telemetry.propagator.fields.contains("traceparent"))
        #expect(await telemetry.forceFlush(timeout: .seconds(120)))
        await telemetry.shutdown()
        #expect(memory.finishedSpans.isEmpty && telemetry.lostSpans.isEmpty)
    }

    @Test(
        arguments: [
            ("", [.traceContext, .baggage]), ("tracecontext", .traceContext), ("baggage", .baggage), ("none", []),
        ] as [(String, TextMapPropagator.Formats)], ["false", "true"])
    func messagesCarryWhatTheEnvironmentSays(
        propagators: (names: String, formats: TextMapPropagator.Formats), isDisabled: String
    ) async throws {
        let telemetry = try telemetry(["OTEL_PROPAGATORS": propagators.names, "OTEL_SDK_DISABLED": isDisabled])
        #expect(telemetry.backend.propagatedFormats == propagators.formats)
        await telemetry.shutdown()
    }

    @Test func aBackendOfTheTaskTreeComesFirst() async throws {
        let memory = InMemorySpanExporter()
        let telemetry = try telemetry(log: log) { $0.spanExporters = [.inMemory(memory)] }
        let test = MemoryTracing()
        await test.backend.withBackend {
            await telemetry.withSpan("one") { _ in }
            await telemetry.withSpan("two", linkedTo: [StoredTraceContext.current]) { _ in }
        }
        #expect(test.spans.map(\.name) == ["one", "two"] && memory.finishedSpans.isEmpty)
        await telemetry.shutdown()
    }

    @Test func runEndsWithShutdown() async throws {
        let telemetry = try telemetry(log: log)
        async let running: Void = telemetry.run()
        telemetry.beginShutdown()
        try await running
        await telemetry.shutdown()
        await telemetry.shutdown()
        try await telemetry.run()
    }

    @Test func cancellationOfRunShutsDown() async throws {
        let memory = InMemorySpanExporter()
        let telemetry = try telemetry(log: log) { $0.spanExporters = [.custom(memory)] }
        await telemetry.withSpan("span") { _ in }
        let running = Task { try await telemetry.run() }
        running.cancel()
        try await running.value
        #expect(memory.finishedSpans.count == 1)
    }

    @Test func shutdownSaysWhatWasLost() async throws {
        let exporter = GatedSpanExporter(isOpen: false)
        let telemetry = try telemetry(log: log) {
            $0.spanExporters = [.custom(exporter)]
            $0.batchProcessor.maxExportBatchSize = 1
        }
        await telemetry.withSpan("exported") { _ in }
        await exporter.hasEntered(1)
        await telemetry.withSpan("lost") { _ in }
        await telemetry.withSpan("lost") { _ in }
        #expect(await telemetry.forceFlush(timeout: .milliseconds(1)) == false)
        await telemetry.shutdown(timeout: .milliseconds(20))
        // The last word may come a moment after the time-out.
        try await telemetry.run()
        #expect(telemetry.lostSpans == [.shutdownTimeout: 2])
        #expect(log.entries.last?.message == "spans were lost")
        #expect(log.entries.last?.metadata == ["shutdown_timeout": "2"])
        exporter.open()
    }

    @Test func spansAreShutDownBeforeMetrics() async throws {
        let journal = Journal()
        let telemetry = try telemetry(log: log) {
            $0.spanExporters = [.custom(JournalingExporter(journal: journal))]
            $0.metricExporters = [.custom(JournalingExporter(journal: journal))]
        }
        await telemetry.withSpan("span") { _ in }
        await telemetry.shutdown()
        // The core's own metrics are exported last: they count what was exported at shutdown.
        let entries = journal.entries
        #expect(entries.count == 4)
        #expect(entries.prefix(2) == ["spans 1", "spans end"])
        #expect(entries[2].hasPrefix("metrics ") && entries[2].contains("otel.sdk.processor.span.processed"))
        #expect(entries[3] == "metrics end")
    }

    static let mistakes: [(String, @Sendable (inout Telemetry.Configuration) -> Void)] = [
        ("service", { $0.serviceName = "" }), ("metricInterval", { $0.metricInterval = .zero }),
        ("metricTimeout", { $0.metricTimeout = .seconds(-1) }),
        ("shutdownTimeout", { $0.shutdownTimeout = .seconds(-1) }),
        ("maxQueueSize", { $0.batchProcessor.maxQueueSize = 0 }),
        ("maxExportBatchSize", { $0.batchProcessor.maxExportBatchSize = 1 << 20 }),
        ("exportTimeout", { $0.batchProcessor.exportTimeout = .milliseconds(-1) }),
        ("spans", { $0.spanExporters = [.jsonLines(path: "")] }),
        ("metrics", { $0.metricExporters = [.jsonLines(path: "")] }),
    ]

    @Test(arguments: mistakes) func mistakesOfCodeThrow(
        word: String, change: @Sendable (inout Telemetry.Configuration) -> Void
    ) {
        let error = #expect(throws: TelemetryError.self) { try telemetry(log: log, change) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(word) == true)
    }

    @Test func aFileOfCodeThatCannotBeOpenedThrows() {
        let error = #expect(throws: TelemetryError.self) {
            try telemetry(log: log) { $0.spanExporters = [.jsonLines(path: "/nowhere/at/all.jsonl")] }
        }
        #expect(error?.code == .cannotOpenFile)
    }
}

/// Tests that change the backend of the process: one after another.
@Suite(.processGlobals) struct GlobalTelemetryTests {
    private let log = RecordingLogSink()

    @Test func itIsTheProcessBackendUntilItsShutdown() async throws {
        let before = TracingBackend.exchangeGlobal(.disabled)
        defer { TracingBackend.global = before }
        let first = try telemetry(log: log) { $0.setsGlobalBackend = true }
        #expect(TracingBackend.global.tracerProvider === first.backend.tracerProvider)
        #expect(log.entries.isEmpty)
        let second = try telemetry(log: log) { $0.setsGlobalBackend = true }
        #expect(TracingBackend.global.tracerProvider === second.backend.tracerProvider)
        #expect(log.entries.count == 1)
        await first.shutdown()
        #expect(TracingBackend.global.tracerProvider === second.backend.tracerProvider)
        await second.shutdown()
        #expect(!TracingBackend.global.isObserving)
    }

    @Test(arguments: ["false", "true"])
    func theProcessCarriesWhatTheEnvironmentSays(isDisabled: String) async throws {
        let before = TracingBackend.exchangeGlobal(.disabled)
        defer { TracingBackend.global = before }
        let environment = ["OTEL_PROPAGATORS": "tracecontext", "OTEL_SDK_DISABLED": isDisabled]
        let telemetry = try telemetry(environment, log: log) { $0.setsGlobalBackend = true }
        #expect(TracingBackend.global.propagatedFormats == .traceContext)
        await telemetry.shutdown()
        #expect(TracingBackend.global.propagatedFormats == .traceContext)
    }

    /// It is not for telemetry that records nothing to keep another from it.
    @Test func disabledTelemetryLeavesABackendThatRecords() async throws {
        let before = TracingBackend.exchangeGlobal(MemoryTracing().backend)
        defer { TracingBackend.global = before }
        let telemetry = try telemetry(log: log) {
            $0.setsGlobalBackend = true
            $0.isDisabled = true
        }
        #expect(TracingBackend.global.isObserving && log.entries.isEmpty)
        await telemetry.shutdown()
    }

    @Test func aScriptIsFlushedAtItsEnd() async throws {
        let before = TracingBackend.exchangeGlobal(.disabled)
        defer { TracingBackend.global = before }
        let memory = InMemorySpanExporter()
        var configuration = Telemetry.Configuration(serviceName: "script")
        configuration.logSink = log
        configuration.spanExporters = [.custom(memory)]
        let result = try await withTelemetry(configuration: configuration, environment: [:]) { telemetry in
            await telemetry.withSpan("work") { _ in 42 }
        }
        #expect(result == 42)
        await #expect(throws: Failure.self) {
            try await withTelemetry(configuration: configuration, environment: [:]) { telemetry in
                try await telemetry.withSpan("failing") { _ in throw Failure() }
            }
        }
        #expect(memory.finishedSpans.filter { $0.scope == .application }.map(\.name) == ["work", "failing"])
        #expect(!TracingBackend.global.isObserving)
        let service = try await withTelemetry(
            service: "plain", environment: ["OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"]
        ) {
            $0.resource.attributes["service.name"]
        }
        #expect(service == "plain")
    }

    @Test func namedFirstItIsStoppedLast() async throws {
        let memory = InMemorySpanExporter()
        let telemetry = try telemetry(log: log) { $0.spanExporters = [.custom(memory)] }
        let part = LastWords(telemetry: telemetry)
        let running = Task { try await runUntilTerminated(telemetry, part, logSink: log) }
        running.cancel()
        try await running.value
        #expect(memory.finishedSpans.map(\.name) == ["last words"])
        #expect(telemetry.lostSpans.isEmpty)
    }
}

/// A part that still records a span while it stops.
private struct LastWords: LifecycleComponent {
    let telemetry: Telemetry
    let end = Promise<Void>()

    func run() async throws { await runUntilShutdown { _ = await end.value() } }
    func beginShutdown() { end.resolve(()) }

    func shutdown(timeout: Duration) async {
        await telemetry.withSpan("last words") { _ in }
        beginShutdown()
    }
}

private final class Journal: Sendable {
    private let state = Mutex<[String]>([])
    var entries: [String] { state.withLock { $0 } }
    func note(_ entry: String) { state.withLock { $0.append(entry) } }
}

private struct JournalingExporter: SpanExporter, MetricExporter {
    let journal: Journal
    var temporality: MetricTemporalityPreference { .cumulative }
    private let hasSpans = Atomicity()

    init(journal: Journal) { self.journal = journal }

    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        hasSpans.set()
        journal.note("spans \(spans.count)")
        return true
    }

    func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        journal.note("metrics \(metrics.map(\.name).joined(separator: " "))")
        return true
    }

    func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }
    func shutdown(deadline: ContinuousClock.Instant) { journal.note(hasSpans.isSet ? "spans end" : "metrics end") }
}

private final class Atomicity: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
