import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

/// Calls of a real gRPC server.
@Suite(.serialized, .enabled(if: ScriptedSink.hasGRPC, Comment(rawValue: ScriptedSink.grpcAbsence)))
struct GRPCExportTests {
    private let log = RecordingLogSink()
    private let spans: [SpanData]

    init() {
        var random = RandomTelemetry(seed: 13)
        spans = random.spans(20)
    }

    private func exporter(
        _ configuration: OTLPConfiguration, meterProvider: MeterProvider = .noop
    ) throws -> OTLPSpanExporter {
        try OTLPSpanExporter(configuration: configuration, meterProvider: meterProvider, logSink: log)
    }

    private func loss(_ exporter: OTLPSpanExporter, of spans: [SpanData]) -> Int {
        exporter.exportCountingLoss(of: spans, deadline: .now + .seconds(60))
    }

    @Test(arguments: OTLPConfiguration.Compression.allCases, ["", "--tls"])
    func aCallIsAsTheSpecificationHasIt(compression: OTLPConfiguration.Compression, tls: String) async throws {
        try await onThread {
            let sink = try tls.isEmpty ? ScriptedSink(grpc: "OK") : ScriptedSink(grpc: tls, "OK")
            let exporter = try exporter(
                sink.grpcConfiguration {
                    $0.compression = compression
                    $0.headers = ["Api-Key": "secret with blanks", "x-empty": ""]
                })
            for _ in 0..<3 { #expect(loss(exporter, of: spans) == 0) }
            let calls = try sink.finish()
            #expect(calls.count == 3)
            for call in calls {
                #expect(call.path == "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
                #expect(call.body.elementsEqual(encoded(spans)))
                #expect(call.headers["api-key"] == "secret with blanks" && call.headers["x-empty"] == "")
                #expect(call.headers["user-agent"] == "OTel-OTLP-Exporter-Swift/\(SpanlinkVersion.current)")
                if !tls.isEmpty || LibcurlFeatures.installed.canReuseCleartextHTTP2 { #expect(call.connection == 0) }
                #expect(try (30...60).contains(#require(call.timeLeft)))
            }
            #expect(log.entries.isEmpty && exporter.lostSpans.isEmpty)
        }
    }

    @Test func aLargeRequestArrivesWhole() async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: "--limit", "100000000")
            var large = spans[0]
            large.attributes["text"] = .string(String(repeating: "x", count: 9_000_000))
            let exporter = try exporter(sink.grpcConfiguration())
            #expect(loss(exporter, of: [large]) == 0)
            #expect(try sink.finish().first?.body.count == encoded([large]).count)
        }
    }

    @Test func metricsGoToTheirOwnService() async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: "OK")
            var random = RandomTelemetry(seed: 3)
            let metrics = random.metrics(20)
            let resource = Resource(attributes: ["service.name": "orders"])
            let exporter = try OTLPMetricExporter(configuration: sink.grpcConfiguration(), logSink: log)
            let isExported = exporter.export(metrics, resource: resource, deadline: .now + .seconds(60))
            #expect(isExported)
            let call = try #require(try sink.finish().first)
            #expect(call.path == "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
            #expect(call.body.elementsEqual(encoded(metrics, resource)))
        }
    }

    @Test(arguments: ["UNAVAILABLE,not now", "late,UNAVAILABLE,not now"])
    func aRetryableStatusIsTriedAgain(step: String) async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: step, step, "OK")
            let exporter = try exporter(sink.grpcConfiguration())
            #expect(loss(exporter, of: spans) == 0)
            #expect(try sink.finish().map(\.step) == [step, step, "OK"])
            #expect(log.entries.allSatisfy { $0.level == .debug } && exporter.lostSpans.isEmpty)
        }
    }

    @Test(arguments: ["INVALID_ARGUMENT,größe 100%", "late,INVALID_ARGUMENT,größe 100%"])
    func anotherStatusIsFinal(step: String) async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: step)
            let reader = InMemoryMetricReader()
            let provider = MeterProvider(readers: [reader], log: log)
            let exporter = try exporter(sink.grpcConfiguration(), meterProvider: provider)
            #expect(loss(exporter, of: spans) == 20)
            #expect(try sink.finish().count == 1)
            #expect(exporter.lostSpans == ["INVALID_ARGUMENT": 20])
            #expect(log.entries.first?.message.contains("größe 100%") == true)
            let duration = try #require(reader.points(named: "otel.sdk.exporter.operation.duration").first)
            #expect(duration.attributes["rpc.response.status_code"] == "INVALID_ARGUMENT")
            #expect(duration.attributes["error.type"] == "INVALID_ARGUMENT")
            #expect(duration.attributes["otel.component.type"] == "otlp_grpc_span_exporter")
            #expect(duration.attributes["http.response.status_code"] == nil)
        }
    }

    @Test func theDelayOfRetryInfoIsHonoured() async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: "retry,RESOURCE_EXHAUSTED,1200", "retry,RESOURCE_EXHAUSTED", "OK")
            let exporter = try exporter(sink.grpcConfiguration())
            let start = ContinuousClock.now
            #expect(loss(exporter, of: spans) == 0)
            #expect(start.duration(to: .now) >= .milliseconds(1200))
            #expect(try sink.finish().count == 3)
        }
    }

    @Test func resourceExhaustedWithoutRetryInfoIsFinal() async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: "RESOURCE_EXHAUSTED,quota")
            let exporter = try exporter(sink.grpcConfiguration())
            #expect(loss(exporter, of: spans) == 20)
            #expect(try sink.finish().count == 1 && exporter.lostSpans == ["RESOURCE_EXHAUSTED": 20])
        }
    }

    @Test(arguments: [false, true]) func thePartialSuccessIsCounted(isCompressed: Bool) async throws {
        try await onThread {
            let note = String(repeating: "slow down ", count: 50)
            let steps = ("partial,3,too old", "partial,0,\(note)")
            let sink =
                try isCompressed
                ? ScriptedSink(grpc: "--gzip", steps.0, steps.1) : ScriptedSink(grpc: steps.0, steps.1)
            let exporter = try exporter(sink.grpcConfiguration { $0.compression = isCompressed ? .gzip : .none })
            #expect(loss(exporter, of: spans) == 3)
            #expect(loss(exporter, of: spans) == 0)
            #expect(try sink.finish().count == 2 && exporter.lostSpans == ["rejected": 3])
            #expect(log.entries.map(\.level) == [.warning, .info])
            #expect(log.entries[0].message.contains("too old") && log.entries[1].message.contains("slow down"))
        }
    }

    @Test(arguments: OTLPConfiguration.Compression.allCases)
    func aMessageOverTheServersLimitIsHalved(compression: OTLPConfiguration.Compression) async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: "--limit", "\(encoded(spans).count)")
            let exporter = try exporter(sink.grpcConfiguration { $0.compression = compression })
            #expect(loss(exporter, of: spans + spans + spans + spans) == 0)
            let counts = try sink.finish().map { try OTLPDecoding.spans(Array($0.body)).count }
            #expect(counts.reduce(0, +) == 80 && counts.count >= 4)
        }
    }

    @Test func shutdownEndsTheWaitForAnAnswer() async throws {
        let sink = try await onThread { try ScriptedSink(grpc: "hang") }
        let exporter = try exporter(sink.grpcConfiguration())
        async let lost = onThread { loss(exporter, of: spans) }
        try await onThread { try sink.waitForRequest() }
        exporter.beginShutdown(deadline: .now)
        #expect(try await lost == 20)
        #expect(exporter.lostSpans == ["timeout": 20])
        _ = try await onThread { try sink.finish() }
    }

    // MARK: The wrong protocol

    @Test func httpToAGRPCPortNamesTheHTTPPort() async throws {
        try await onThread {
            let sink = try ScriptedSink(grpc: "OK")
            let exporter = try exporter(sink.configuration())
            #expect(loss(exporter, of: spans) == 20)
            _ = try sink.finish()
            let entry = try #require(log.entries.first)
            #expect(entry.message.contains("4318") && entry.message.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc"))
        }
    }

    @Test func grpcToAnHTTPPortNamesTheGRPCPort() async throws {
        try await onThread {
            let sink = try ScriptedSink("200")
            let exporter = try exporter(sink.grpcConfiguration { $0.timeout = .seconds(1) })
            #expect(loss(exporter, of: spans) == 20)
            _ = try sink.finish()
            let entry = try #require(log.entries.first { $0.level == .warning })
            #expect(entry.message.contains("4317"), "\(entry)")
            #expect(entry.message.contains("OTEL_EXPORTER_OTLP_PROTOCOL="))
        }
    }
}

@Suite struct GRPCSupportTests {
    @Test func aLibcurlWithoutHTTP2FailsAtStart() {
        let libcurl = LibcurlFeatures(version: "7.30.0", hasHTTP2: false)
        let error = #expect(throws: OTLPConfigurationError.self) {
            try OTLPSpanExporter(configuration: .localGRPC, libcurl: libcurl, logSink: RecordingLogSink())
        }
        #expect(error?.code == .unsupportedByLibcurl)
        #expect(error?.message.contains("http/protobuf") == true && error?.message.contains("4318") == true)
        #expect(throws: Never.self) {
            try OTLPSpanExporter(configuration: .localTraces, libcurl: libcurl, logSink: RecordingLogSink())
        }
    }

    /// 7.87 and 7.88 fail.
    @Test(arguments: [(0x075600, true), (0x075700, false), (0x075801, false), (0x080000, true)] as [(UInt32, Bool)])
    func aBrokenLibcurlReusesNoConnection(version: UInt32, canReuse: Bool) {
        let libcurl = LibcurlFeatures(version: "", hasHTTP2: true, versionNumber: version)
        #expect(libcurl.canReuseCleartextHTTP2 == canReuse)
    }

    @Test func theInstalledLibcurlHasHTTP2() { #expect(LibcurlFeatures.installed.hasHTTP2) }
}
