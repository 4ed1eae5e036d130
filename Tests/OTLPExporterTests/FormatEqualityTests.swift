import Foundation
import OTLPFormat
import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

/// The same telemetry over HTTP, over gRPC and in JSON lines has equal values by OpenTelemetry's own definitions.
@Suite(.enabled(if: ScriptedSink.hasGRPC, Comment(rawValue: ScriptedSink.grpcAbsence)))
struct FormatEqualityTests {
    private static let checker = "../OTLPFormatTests/Support/check_protobuf.py"
    private let log = RecordingLogSink()
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString)")
    private var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    @Test(arguments: OTLPConfiguration.Compression.allCases)
    func allFormsHaveEqualValues(compression: OTLPConfiguration.Compression) async throws {
        try await onThread {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: folder) }
            var random = RandomTelemetry(seed: 31)
            let (spans, metrics) = (random.spans(100), random.metrics(50))
            let resource = Resource(attributes: ["service.name": "orders"])
            let (http, grpc) = (try ScriptedSink(), try ScriptedSink(grpc: "OK"))

            for var configuration in [http.configuration(), grpc.grpcConfiguration()] {
                configuration.compression = compression
                let isExported = try OTLPSpanExporter(configuration: configuration, logSink: log)
                    .export(spans, deadline: deadline)
                if configuration.protocol == .httpProtobuf { configuration.endpoint = http.base + "/v1/metrics" }
                let areMetricsExported = try OTLPMetricExporter(configuration: configuration, logSink: log)
                    .export(metrics, resource: resource, deadline: deadline)
                #expect(isExported && areMetricsExported)
            }
            let traces = JSONLinesFile(path: folder.path + "/traces.json", log: log)
            let isWritten = JSONLinesSpanExporter(file: traces).export(spans, deadline: deadline)
            let points = JSONLinesFile(path: folder.path + "/metrics.json", log: log)
            let areMetricsWritten = JSONLinesMetricExporter(file: points)
                .export(metrics, resource: resource, deadline: deadline)
            #expect(isWritten && areMetricsWritten && log.entries.isEmpty)

            for requests in [try http.finish(), try grpc.finish()] {
                #expect(requests.count == 2)
                for (request, kind) in zip(requests, ["traces", "metrics"]) {
                    let path = folder.appendingPathComponent("request.pb")
                    try request.body.write(to: path)
                    let result = try Python.run(Self.checker, [kind, path.path, "\(folder.path)/\(kind).json"])
                    #expect(result.exit == .status(0), "\(result.errors)")
                }
            }
        }
    }
}
