import Foundation
import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

/// What the real collector makes of our requests.
@Suite(.serialized, .enabled(if: Collector.isAvailable, Comment(rawValue: Collector.absence)))
struct CollectorTests {
    private let log = RecordingLogSink()
    private let resource = Resource(attributes: ["service.name": "orders"], schemaURL: "https://schema/r")

    private func isEqual(_ line: NSDictionary, _ json: [UInt8]) throws -> Bool {
        let ours = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? NSDictionary)
        return try #require(Collector.normalized(ours) as? NSDictionary).isEqual(
            try #require(Collector.normalized(line) as? NSDictionary))
    }

    /// The endpoint for a signal.
    private func configuration(
        _ collector: Collector, _ transport: OTLPConfiguration.TransportProtocol, _ path: String = "/v1/traces"
    ) -> OTLPConfiguration {
        let scheme = collector["ca"].isEmpty ? "http" : "https"
        var configuration = OTLPConfiguration(
            endpoint: transport == .grpc ? "\(scheme)://\(collector["grpc"])" : collector["http"] + path,
            protocol: transport)
        configuration.timeout = .seconds(60)
        return configuration
    }

    @Test(arguments: OTLPConfiguration.Compression.allCases, OTLPConfiguration.TransportProtocol.allCases)
    func itsFilesHaveWhatWasRecorded(
        compression: OTLPConfiguration.Compression, transport: OTLPConfiguration.TransportProtocol
    ) async throws {
        try await onThread {
            let collector = try Collector()
            var random = RandomTelemetry(seed: 21)
            let batches = (0..<3).map { _ in random.spans(100) }
            let metrics = random.metrics(60)

            var configuration = configuration(collector, transport)
            configuration.compression = compression
            let exporter = try OTLPSpanExporter(configuration: configuration, logSink: log)
            for batch in batches {
                let isExported = exporter.export(batch, deadline: .now + .seconds(60))
                #expect(isExported)
            }
            configuration = self.configuration(collector, transport, "/v1/metrics")
            let metricExporter = try OTLPMetricExporter(configuration: configuration, logSink: log)
            let isExported = metricExporter.export(metrics, resource: resource, deadline: .now + .seconds(60))
            #expect(isExported && log.entries.isEmpty)

            let lines = try collector.finish("traces")
            #expect(lines.count == batches.count)
            for (line, batch) in zip(lines, batches) {
                #expect(try isEqual(line, encodedJSON(batch)))
            }
            // The comparison sees what differs.
            var other = batches[0]
            other[17].links.append(TraceSpan.Link(other[0].context))
            #expect(try !isEqual(lines[0], encodedJSON(other)))

            let metricLines = try String(contentsOfFile: collector["metrics"], encoding: .utf8).split(separator: "\n")
            #expect(metricLines.count == 1)
            let line = try JSONSerialization.jsonObject(with: Data(metricLines[0].utf8)) as? NSDictionary
            #expect(try isEqual(try #require(line), encodedJSON(metrics, resource)))
        }
    }

    /// Which certificates make a connection, and which do not.
    @Test(arguments: OTLPConfiguration.TransportProtocol.allCases)
    func certificatesOfBothSidesAreChecked(transport: OTLPConfiguration.TransportProtocol) async throws {
        try await onThread {
            let collector = try Collector("--mtls")
            var random = RandomTelemetry(seed: 5)
            let spans = random.spans(3)
            let cases: [(ca: String, certificate: String, key: String, isTrusted: Bool)] = [
                ("ca", "client_cert", "client_key", true), ("ca", "", "", false),
                ("ca", "other_client_cert", "other_client_key", false),
                ("other_ca", "client_cert", "client_key", false),
                ("", "client_cert", "client_key", false),
            ]
            for (ca, certificate, key, isTrusted) in cases {
                var configuration = configuration(collector, transport)
                configuration.certificateFile = ca.isEmpty ? nil : collector[ca]
                configuration.clientCertificateFile = certificate.isEmpty ? nil : collector[certificate]
                configuration.clientKeyFile = key.isEmpty ? nil : collector[key]
                // Where the collector refuses us, it may not say so in a way that is final.
                configuration.timeout = ca == "ca" && !isTrusted ? .seconds(2) : .seconds(60)
                let exporter = try OTLPSpanExporter(configuration: configuration, logSink: log)
                let isExported = exporter.export(spans, deadline: .now + .seconds(60))
                #expect(isExported == isTrusted, "\(ca) \(certificate) \(exporter.lostSpans)")
                // The server's certificate is refused by us, at once; ours by the server, in its own way.
                if ca != "ca" { #expect(exporter.lostSpans == ["tls": 3]) }
            }
            #expect(try collector.finish("traces").count == 1)
        }
    }

    @Test(arguments: OTLPConfiguration.TransportProtocol.allCases)
    func aTokenGoesInAHeader(transport: OTLPConfiguration.TransportProtocol) async throws {
        try await onThread {
            let collector = try Collector("--auth", "open-sesame")
            var random = RandomTelemetry(seed: 6)
            let spans = random.spans(1)
            var configuration = configuration(collector, transport)
            let without = try OTLPSpanExporter(configuration: configuration, logSink: log)
            configuration.headers = ["authorization": collector["authorization"]]
            let with = try OTLPSpanExporter(configuration: configuration, logSink: log)
            let results = [without, with].map { $0.export(spans, deadline: .now + .seconds(60)) }
            #expect(
                results == [false, true] && without.lostSpans == [transport == .grpc ? "UNAUTHENTICATED" : "401": 1])
            #expect(try collector.finish("traces").count == 1)
        }
    }

    /// Over HTTP it refuses a large body with 400, over gRPC a message of more than 4 MiB.
    @Test(arguments: OTLPConfiguration.TransportProtocol.allCases)
    func aRequestOverItsLimitIsHalved(transport: OTLPConfiguration.TransportProtocol) async throws {
        try await onThread {
            let collector = try Collector("--max-body", "\(4 << 20)")
            var random = RandomTelemetry(seed: 7)
            let spans = random.spans(60).map { span in
                var span = span
                span.attributes["text"] = .string(String(repeating: "x", count: 100_000))
                return span
            }
            var configuration = configuration(collector, transport)
            configuration.retry.initialBackoff = .milliseconds(10)
            let exporter = try OTLPSpanExporter(configuration: configuration, logSink: log)
            #expect(exporter.exportCountingLoss(of: spans, deadline: .now + .seconds(60)) == 0)
            let requests = try collector.finish("traces")
            let ids = requests.flatMap(Collector.spanIDs)
            #expect(requests.count >= 2 && ids.count == 60 && Set(ids).count == 60)
            #expect(log.entries.filter { $0.level >= .warning }.map { "\($0)" } == [])
        }
    }

    @Test func aRefusalUnderMemoryPressureIsTriedAgainOverGRPC() async throws {
        try await onThread {
            let collector = try Collector("--refuse")
            var random = RandomTelemetry(seed: 8)
            var configuration = configuration(collector, .grpc)
            configuration.timeout = .seconds(2)
            configuration.retry.initialBackoff = .milliseconds(10)
            let exporter = try OTLPSpanExporter(configuration: configuration, logSink: log)
            // The collector begins to refuse with its first look at its memory.
            let (spans, start) = (random.spans(1), ContinuousClock.now)
            while exporter.exportCountingLoss(of: spans, deadline: .now + .seconds(60)) == 0 {
                try #require(start.duration(to: .now) < .seconds(30))
            }
            #expect(exporter.lostSpans == ["UNAVAILABLE": 1])
            let entry = try #require(log.entries.first { $0.level == .warning })
            #expect(try #require(entry.metadata["attempts"].flatMap(Int.init)) > 1)
        }
    }

    @Test func httpToItsGRPCPortNamesTheHTTPPort() async throws {
        try await onThread {
            let collector = try Collector()
            var random = RandomTelemetry(seed: 9)
            var configuration = configuration(collector, .httpProtobuf)
            configuration.endpoint = "http://\(collector["grpc"])/v1/traces"
            let exporter = try OTLPSpanExporter(configuration: configuration, logSink: log)
            #expect(exporter.exportCountingLoss(of: random.spans(1), deadline: .now + .seconds(60)) == 1)
            #expect(log.entries.first?.message.contains("4318") == true)
        }
    }
}
