import Foundation
import TestSupport
import Testing
import TracingCore

@testable import SpanlinkTelemetry

/// Telemetry that starts by a file.
@Suite struct ConfigurationFileStartTests {
    private let log = RecordingLogSink()

    private func withFile<Result>(_ text: String, _ body: (String) async throws -> Result) async throws -> Result {
        let file = temporaryFile().deletingPathExtension().appendingPathExtension("yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await body(file.path)
    }

    @Test func spansReachTheSinkOfTheFile() async throws {
        let sink = try ScriptedSink("200")
        let text = """
            file_format: "1.0"
            resource:
              attributes: [{name: service.name, value: "${NAME}"}]
            tracer_provider:
              processors:
                - batch:
                    exporter:
                      otlp_http: {endpoint: "${SINK}/v1/traces", headers: [{name: api-key, value: "${KEY}"}]}
              limits: {attribute_count_limit: 1}
            """
        try await withFile(text) { path in
            let telemetry = try telemetry(
                [
                    "OTEL_CONFIG_FILE": path, "SINK": sink.base, "NAME": "from file", "KEY": "k",
                    "OTEL_TRACES_SAMPLER": "always_off", "OTEL_SERVICE_NAME": "ignored", "OTEL_SDK_DISABLED": "true",
                    "OTEL_RESOURCE_ATTRIBUTES": "ignored=1", "OTEL_TRACES_EXPORTER": "none",
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
                ], log: log)
            await telemetry.withSpan("work", attributes: ["a": 1, "b": 2]) { _ in }
            await telemetry.shutdown()
            #expect(log.entries.filter { $0.level == .info && $0.metadata["path"] == path }.count == 1)
            #expect(!log.entries.contains { $0.level >= .warning })
        }
        let requests = try sink.finish()
        #expect(requests.map(\.path) == ["/v1/traces"])
        let spans = try requests.flatMap { try OTLPDecoding.spans(Array($0.body)) }
        #expect(spans.map(\.name) == ["work"] && spans.first?.attributes.count == 1)
        #expect(spans.first?.resource.attributes["service.name"] == "from file")
        #expect(spans.first?.resource.attributes["ignored"] == nil)
        #expect(requests.first?.headers.first { $0.key.lowercased() == "api-key" }?.value == "k")
    }

    @Test func destinationsThatOnlyCodeCanNameStay() async throws {
        let memory = InMemorySpanExporter()
        try await withFile("file_format: \"1.0\"\n") { path in
            let telemetry = try telemetry(["OTEL_CONFIG_FILE": path], log: log) {
                $0.spanExporters = [.console, .inMemory(memory)]
                $0.sampler = .alwaysOff
                $0.metricExporters = [.otlp()]
            }
            #expect(telemetry.configuration.spanExporters.count == 1 && telemetry.configuration.metricExporters.isEmpty)
            #expect(telemetry.propagator.formats == [])
            await telemetry.withSpan("work") { _ in }
            await telemetry.shutdown()
        }
        // The file's default sampler counts, and the service's name is that of code.
        #expect(memory.finishedSpans.map(\.name) == ["work"])
        #expect(memory.finishedSpans.first?.resource.attributes["service.name"] == "orders")
        #expect(memory.finishedSpans.first?.resource.attributes["host.name"] == nil)
    }

    @Test func disabledFileRecordsNothing() async throws {
        try await withFile("file_format: \"1.0\"\ndisabled: ${OFF:-true}\n") { path in
            let telemetry = try telemetry(["OTEL_CONFIG_FILE": path], log: log)
            #expect(!telemetry.backend.isObserving)
            await telemetry.shutdown()
        }
    }

    @Test func mistakeStopsTheStartWithPathAndLine() async throws {
        try await withFile("file_format: \"1.0\"\n\nsmapler: 1\n") { path in
            let error = #expect(throws: TelemetryError.self) { try telemetry(["OTEL_CONFIG_FILE": path], log: log) }
            #expect(error?.code == .invalidConfigurationFile)
            #expect(error?.message.hasPrefix("\(path):3: Unknown key \"smapler\" in the file.") == true)
        }
    }

    @Test(arguments: ["/nowhere/otel.yaml", "/dev", "/dev/null"]) func unusableFileStopsTheStart(path: String) {
        let error = #expect(throws: TelemetryError.self) { try telemetry(["OTEL_CONFIG_FILE": path], log: log) }
        #expect(error?.code == .invalidConfigurationFile && error?.message.contains(path) == true)
    }
}
