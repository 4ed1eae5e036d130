import Foundation
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The stack of `docker/compose.yaml`, as `scripts/containers` or its service `test` describes it in the environment.
enum Stack {
    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    static let kafka = variable("KAFKA_BOOTSTRAP_SERVERS") ?? ""
    static let amqp = variable("AMQP_URL") ?? ""
    static let otlp = variable("OTEL_EXPORTER_OTLP_ENDPOINT") ?? ""
    private static let jaeger = variable("SPANLINK_STACK_JAEGER")
    /// The collector's file, where it can be read directly.
    private static let file = variable("SPANLINK_STACK_TRACES")
    /// A command that is `docker compose` for this stack.
    private static let compose = variable("SPANLINK_STACK_COMPOSE")

    static let isThere = jaeger != nil && (file ?? compose) != nil
    static let absence = "no stack of containers: scripts/test --containers brings one up"
    static let isControllable = compose != nil
    static let noControl = "containers cannot be stopped from inside one"

    /// Steers the stack: `docker compose` with these arguments; what it printed.
    @discardableResult
    static func control(_ arguments: String...) async throws -> Data { try await control(arguments) }

    @discardableResult
    static func control(_ arguments: [String]) async throws -> Data {
        try await ChildProcess.output(of: #require(compose), arguments)
    }

    /// Telemetry of a service of its own that sends to the stack's collector. An export may take as long as a container's
    /// start.
    static func telemetry(_ service: String) throws -> Telemetry {
        var configuration = Telemetry.Configuration(serviceName: service)
        configuration.spanExporters = [.otlp()]
        configuration.setsGlobalBackend = false
        return try Telemetry(
            configuration: configuration,
            environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": otlp, "OTEL_EXPORTER_OTLP_TIMEOUT": "120000",
                "OTEL_BSP_EXPORT_TIMEOUT": "120000",
            ])
    }

    /// The spans in the collector's file that match, once there are as many.
    static func spans(_ count: Int, where matches: (ExportedSpan) -> Bool) async throws -> [ExportedSpan] {
        while true {
            let spans = try await collected().filter(matches)
            if spans.count >= count { return spans }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func collected() async throws -> [ExportedSpan] {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: copy) }
        if let file {
            try? FileManager.default.copyItem(atPath: file, toPath: copy.path)
        } else {
            // Before the first span there is no file.
            _ = try? await control("cp", "collector:/var/lib/spanlink/traces.jsonl", copy.path)
        }
        guard let lines = try? Data(contentsOf: copy) else { return [] }
        // What stands after the last line's end is being written.
        try lines.prefix((lines.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1).write(to: copy)
        return try ExportedSpan.read(copy)
    }

    /// The identifiers of the spans to which a span refers, as Jaeger has it, once Jaeger has it.
    static func references(ofSpan span: ExportedSpan) async throws -> Set<String> {
        let url = try #require(URL(string: "\(jaeger ?? "")/api/traces/\(span.traceID)"))
        while true {
            let (data, _) = try await URLSession.shared.data(from: url)
            if let answer = try? JSONDecoder().decode(Answer.self, from: data),
                let span = answer.data.flatMap(\.spans).first(where: { $0.spanID == span.spanID })
            {
                return Set(span.references.map(\.spanID))
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private struct Answer: Decodable {
        struct Trace: Decodable { var spans: [Span] }
        struct Span: Decodable {
            var spanID: String
            var references: [Reference]
        }
        struct Reference: Decodable { var spanID: String }
        var data: [Trace]
    }
}
