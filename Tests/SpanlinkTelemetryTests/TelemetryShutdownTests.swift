import Foundation
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore

/// The end of telemetry when what it exports to stands still.
@Suite struct TelemetryShutdownTests {
    private let log = RecordingLogSink()

    @Test func lostSpansAreSaidBeforeTheMetricsEnd() async throws {
        let (spans, metrics) = (GatedSpanExporter(isOpen: true), GatedMetricExporter())
        spans.setFailing(true)
        let telemetry = try telemetry(log: log) {
            $0.spanExporters = [.custom(spans)]
            $0.metricExporters = [.custom(metrics)]
            $0.shutdownTimeout = .seconds(600)
        }
        await telemetry.withSpan("lost") { _ in }
        telemetry.beginShutdown()
        try await eventually("the loss is logged") {
            log.entries.contains { $0.message == "spans were lost" && $0.metadata == ["export_failed": "1"] }
        }
        metrics.open()
        try await telemetry.run()
    }

    private static let probe = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("OutputProbe")

    /// Neither the program nor its end waits for who reads its output.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: probe.path), "the probe is not beside the tests"),
        arguments: [("console", "none"), ("otlp/stdout", "none"), ("otlp/stdout", "otlp/stdout")])
    func aStandardOutputThatNobodyReads(spans: String, metrics: String) async throws {
        let (output, errors) = (Pipe(), temporaryFile())
        defer { try? FileManager.default.removeItem(at: errors) }
        let process = try ChildProcess(
            Self.probe.path, [], environment: ["OTEL_TRACES_EXPORTER": spans, "OTEL_METRICS_EXPORTER": metrics],
            output: .pipe(output), errors: .file(errors))
        for text in ["all spans have ended", "spans were lost", "telemetry has stopped"] {
            try await eventually(text) { try String(contentsOf: errors, encoding: .utf8).contains(text) }
        }
        #expect(try await onThread { process.wait() } == .status(0))
        withExtendedLifetime(output) {}
    }
}

/// An exporter of metrics that holds on to the first ones until a test lets it go on.
private final class GatedMetricExporter: MetricExporter {
    let temporality = MetricTemporalityPreference.cumulative
    private let gate = DispatchSemaphore(value: 0)

    func open() { gate.signal() }

    func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
        gate.wait()
        gate.signal()
        return true
    }

    func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }
    func shutdown(deadline: ContinuousClock.Instant) {}
}
