import Foundation
import SpanlinkTelemetry
import TestSupport
import Testing
import TracingCore

@testable import OTLPExporter

/// What one variable makes of a configuration.
struct OTLPVariableCase: Sendable, CustomTestStringConvertible {
    /// Without `OTEL_EXPORTER_OTLP_` before it.
    var environment: [String: String]
    var expected: @Sendable (inout OTLPConfiguration) -> Void
    var warnings: [String]

    init(
        _ environment: [String: String], warns warnings: [String] = [],
        _ expected: @escaping @Sendable (inout OTLPConfiguration) -> Void = { _ in }
    ) {
        self.environment = environment
        self.expected = expected
        self.warnings = warnings
    }

    var testDescription: String { "\(environment)" }
}

@Suite struct OTLPEnvironmentTests {
    private static let prefix = "OTEL_EXPORTER_OTLP_"

    static let endpoints: [OTLPVariableCase] = [
        .init([:]), .init(["ENDPOINT": ""]),
        .init(["ENDPOINT": "http://c:4318"]) { $0.endpoint = "http://c:4318/v1/traces" },
        .init(["ENDPOINT": "https://c/"]) { $0.endpoint = "https://c/v1/traces" },
        .init(["ENDPOINT": "http://c/base"]) { $0.endpoint = "http://c/base/v1/traces" },
        .init(["ENDPOINT": "http://c/base/?key=1"]) { $0.endpoint = "http://c/base/v1/traces?key=1" },
        .init(["TRACES_ENDPOINT": "http://c"]) { $0.endpoint = "http://c" },
        .init(["TRACES_ENDPOINT": "http://c/x", "ENDPOINT": "http://d"]) { $0.endpoint = "http://c/x" },
        .init(["METRICS_ENDPOINT": "http://c/x"]),
        .init(["ENDPOINT": "c:4318"], warns: ["ENDPOINT"]), .init(["ENDPOINT": "ftp://c"], warns: ["ENDPOINT"]),
        .init(["ENDPOINT": "http://d", "TRACES_ENDPOINT": "no url"], warns: ["TRACES_ENDPOINT"]) {
            $0.endpoint = "http://d/v1/traces"
        },
        .init(["PROTOCOL": "http/protobuf"]), .init(["PROTOCOL": "HTTP/Protobuf"]),
        .init(["PROTOCOL": "grpc"]) { $0.protocol = .grpc },
        .init(["PROTOCOL": "GRPC", "ENDPOINT": "http://c:4317"]) {
            ($0.endpoint, $0.protocol) = ("http://c:4317", .grpc)
        },
        .init(["TRACES_PROTOCOL": "grpc", "ENDPOINT": "https://c"]) {
            ($0.endpoint, $0.protocol) = ("https://c", .grpc)
        },
        .init(["PROTOCOL": "grpc", "TRACES_PROTOCOL": "http/protobuf", "ENDPOINT": "http://c"]) {
            $0.endpoint = "http://c/v1/traces"
        },
        .init(["METRICS_PROTOCOL": "grpc"]),
        .init(["PROTOCOL": "grpc", "ENDPOINT": "c:4317"]) { ($0.endpoint, $0.protocol) = ("https://c:4317", .grpc) },
        .init(["PROTOCOL": "grpc", "ENDPOINT": "c:4317", "INSECURE": "True"]) {
            ($0.endpoint, $0.protocol) = ("http://c:4317", .grpc)
        },
        .init(["PROTOCOL": "grpc", "TRACES_ENDPOINT": "c", "TRACES_INSECURE": "true"]) {
            ($0.endpoint, $0.protocol) = ("http://c", .grpc)
        },
        .init(["PROTOCOL": "grpc", "ENDPOINT": "c:4317", "TRACES_INSECURE": "true"]) {
            ($0.endpoint, $0.protocol) = ("http://c:4317", .grpc)
        },
        .init(["PROTOCOL": "grpc", "ENDPOINT": "c:4317", "INSECURE": "true", "TRACES_INSECURE": "false"]) {
            ($0.endpoint, $0.protocol) = ("https://c:4317", .grpc)
        },
        .init(["INSECURE": "yes"], warns: ["INSECURE"]),
        .init(["TRACES_PROTOCOL": "http/json"], warns: ["TRACES_PROTOCOL"]), .init(["INSECURE": "true"]),
    ]

    static let headers: [OTLPVariableCase] = [
        .init(["HEADERS": "a=1,b=two%20words, c = x=y "]) { $0.headers += ["a": "1", "b": "two words", "c": "x=y"] },
        .init(["HEADERS": "code=environment"]) { $0.headers["code"] = "environment" },
        .init(["HEADERS": "CODE=environment"]) { $0.headers = ["CODE": "environment"] },
        .init(["HEADERS": "Api-Key=1,b=2,api-key=3"]) { $0.headers += ["api-key": "3", "b": "2"] },
        .init(["HEADERS": "a=1", "TRACES_HEADERS": "b=2"]) { $0.headers += ["b": "2"] },
        .init(["HEADERS": "a=1", "METRICS_HEADERS": "b=2"]) { $0.headers += ["a": "1"] },
        .init(["HEADERS": "a=1,,b="]) { $0.headers += ["a": "1", "b": ""] }, .init(["HEADERS": ","]),
        .init(["HEADERS": "a=1,nothing"], warns: ["HEADERS"]) { $0.headers += ["a": "1"] },
        .init(["HEADERS": "a=%0D%0Ab: c"], warns: ["HEADERS"]), .init(["HEADERS": "a b=1"], warns: ["HEADERS"]),
        .init(["HEADERS": "=1"], warns: ["HEADERS"]),
        .init(["PROTOCOL": "grpc", "HEADERS": "a=gr%C3%B6%C3%9Fe,b=1"], warns: ["HEADERS"]) {
            ($0.protocol, $0.headers["b"]) = (.grpc, "1")
        },
        // No percent-encoding: as it is.
        .init(["HEADERS": "a=%2"]) { $0.headers += ["a": "%2"] },
        .init(["HEADERS": "api-key=ab%cd,b=100%,c=a%zz"]) {
            $0.headers += ["api-key": "ab%cd", "b": "100%", "c": "a%zz"]
        },
    ]

    static let others: [OTLPVariableCase] = [
        .init(["COMPRESSION": "gzip"]) { $0.compression = .gzip },
        .init(["COMPRESSION": "gzip", "TRACES_COMPRESSION": "None"]), .init(["COMPRESSION": ""]),
        .init(["TRACES_COMPRESSION": "GZIP"]) { $0.compression = .gzip },
        .init(["COMPRESSION": "zstd"], warns: ["COMPRESSION"]),
        .init(["TIMEOUT": "1500"]) { $0.timeout = .milliseconds(1500) }, .init(["TIMEOUT": "0"]) { $0.timeout = .zero },
        .init(["TIMEOUT": "1", "TRACES_TIMEOUT": "2"]) { $0.timeout = .milliseconds(2) },
        .init(["TIMEOUT": "-1"], warns: ["TIMEOUT"]), .init(["TIMEOUT": "10s"], warns: ["TIMEOUT"]),
        .init(["TIMEOUT": "1.5"], warns: ["TIMEOUT"]),
        .init(["TIMEOUT": "3", "TRACES_TIMEOUT": "x"], warns: ["TRACES_TIMEOUT"]) { $0.timeout = .milliseconds(3) },
        .init(["CERTIFICATE": "/ca.pem", "CLIENT_CERTIFICATE": "/c.pem", "CLIENT_KEY": "/k.pem"]) {
            ($0.certificateFile, $0.clientCertificateFile, $0.clientKeyFile) = ("/ca.pem", "/c.pem", "/k.pem")
        },
        .init(["CERTIFICATE": "/ca.pem", "TRACES_CERTIFICATE": "/t.pem", "TRACES_CLIENT_KEY": "/k.pem"]) {
            ($0.certificateFile, $0.clientKeyFile) = ("/t.pem", "/k.pem")
        },
        .init(["TRACES_CLIENT_CERTIFICATE": "/c.pem"]) { $0.clientCertificateFile = "/c.pem" },
        .init(["CERTIFICATE": "", "CLIENT_KEY": "", "CLIENT_CERTIFICATE": ""]),
    ]

    @Test(arguments: endpoints + headers + others) func aVariable(_ variable: OTLPVariableCase) {
        var code = OTLPConfiguration(endpoint: "https://code/v1/traces")
        code.headers = ["code": "code"]
        var warnings: [String] = []
        let read = code.reading(
            .traces,
            from: { name in
                let value = variable.environment[String(name.dropFirst(Self.prefix.count))]
                return value == "" ? nil : value
            },
            warn: { name, shown, _ in
                warnings.append(String(name.dropFirst(Self.prefix.count)))
                // Headers are secrets.
                #expect(!name.hasSuffix("HEADERS") || shown == "(not shown)")
            })
        variable.expected(&code)
        #expect(read == code)
        #expect(warnings == variable.warnings)
    }

    @Test(arguments: [
        ("api-key=s3cret%0D%0A", "the value of api-key"), ("a=1,s3cret", "member 2"),
        ("s3%cret=s3cret,s3/cret=1", "member 2"),
    ])
    func anInvalidHeaderIsNamedWithoutItsValue(text: String, named: String) {
        var problems: [String] = []
        _ = OTLPConfiguration.localTraces.reading(
            .traces, from: { $0 == "OTEL_EXPORTER_OTLP_HEADERS" ? text : nil },
            warn: { problems += ["\($0) \($1) \($2)"] })
        #expect(problems.count == 1 && problems[0].contains(named) && !problems[0].contains("s3cret"))
    }

    @Test(arguments: [
        ("grpc", OTLPConfiguration.localMetrics, OTLPConfiguration.localGRPC), ("grpc", .localGRPC, .localGRPC),
        ("http/protobuf", .localGRPC, .localMetrics), ("http/protobuf", .localMetrics, .localMetrics),
    ])
    func theLocalEndpointGoesToTheProtocolsPort(
        text: String, code: OTLPConfiguration, expected: OTLPConfiguration
    ) {
        let name = "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"
        #expect(code.reading(.metrics, from: { $0 == name ? text : nil }, warn: { _, _, _ in }) == expected)
    }

    @Test func metricsReadTheirOwn() {
        let environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "7",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "8",
        ]
        let read = OTLPConfiguration.localMetrics.reading(.metrics, from: { environment[$0] }, warn: { _, _, _ in })
        #expect(read.endpoint == "http://c/v1/metrics" && read.timeout == .milliseconds(7))
    }

    @Test(
        arguments: [
            ("cumulative", .cumulative, 0), ("Delta", .delta, 0), ("LOWMEMORY", .lowMemory, 0), ("", .delta, 0),
            ("sometimes", .delta, 1),
        ] as [(String, MetricTemporalityPreference, Int)])
    func temporality(value: String, expected: MetricTemporalityPreference, warnings: Int) {
        var warned = 0
        let read = OTLPConfiguration.temporality(
            .delta,
            from: { $0.hasSuffix("TEMPORALITY_PREFERENCE") && !value.isEmpty ? value : nil },
            warn: { _, _, _ in warned += 1 })
        #expect(read == expected && warned == warnings)
    }

    @Test(
        arguments: [
            ("explicit_bucket_histogram", .explicitBucketHistogram, 0),
            ("Base2_Exponential_Bucket_Histogram", .base2ExponentialBucketHistogram, 0),
            ("", .explicitBucketHistogram, 0), ("summary", .explicitBucketHistogram, 1),
        ] as [(String, HistogramAggregationPreference, Int)])
    func aggregationOfHistograms(value: String, expected: HistogramAggregationPreference, warnings: Int) {
        var warned = 0
        let read = OTLPConfiguration.histogramAggregation(
            .explicitBucketHistogram,
            from: { $0.hasSuffix("HISTOGRAM_AGGREGATION") && !value.isEmpty ? value : nil },
            warn: { _, _, _ in warned += 1 })
        #expect(read == expected && warned == warnings)
    }

    // MARK: Mistakes of code

    static let mistakes: [(OTLPConfigurationError.Code, @Sendable (inout OTLPConfiguration) -> Void)] = [
        (.invalidEndpoint, { $0.endpoint = "localhost:4318" }), (.invalidEndpoint, { $0.endpoint = "" }),
        (.invalidEndpoint, { $0.endpoint = "file:///etc/passwd" }), (.invalidHeader, { $0.headers = ["a b": "1"] }),
        (.invalidHeader, { $0.headers = ["a": "1\r\nb: 2"] }), (.invalidLimit, { $0.timeout = .seconds(-1) }),
        (.invalidHeader, { $0.headers = ["Authorization": "a", "authorization": "b"] }),
        (.invalidProxy, { $0.proxy = "proxy:3128" }), (.invalidProxy, { $0.proxy = "http://" }),
        (.invalidHeader, { ($0.protocol, $0.headers) = (.grpc, ["a!": "1"]) }),
        (.invalidHeader, { ($0.protocol, $0.headers) = (.grpc, ["grpc-timeout": "1S"]) }),
        (.invalidHeader, { ($0.protocol, $0.headers) = (.grpc, ["a": "größe"]) }),
        // libcurl takes no text of more than 8 MB.
        (.unsupportedByLibcurl, { $0.proxy = "http://" + String(repeating: "s", count: 8_000_001) }),
        (.invalidLimit, { $0.maxRequestBytes = 0 }), (.invalidLimit, { $0.maxResponseBytes = 0 }),
        (.invalidLimit, { $0.retry.initialBackoff = .zero }), (.invalidLimit, { $0.retry.maxBackoff = .seconds(-1) }),
        (.invalidLimit, { $0.retry.multiplier = 0.5 }), (.invalidLimit, { $0.retry.multiplier = .nan }),
        (.invalidLimit, { $0.retry.multiplier = .infinity }), (.invalidLimit, { $0.retry.jitter = -0.1 }),
        (.invalidLimit, { $0.retry.jitter = 1.1 }), (.invalidLimit, { $0.retry.jitter = .nan }),
    ]

    @Test(arguments: mistakes) func mistakesThrow(
        code: OTLPConfigurationError.Code, change: @Sendable (inout OTLPConfiguration) -> Void
    ) {
        var configuration = OTLPConfiguration.localTraces
        change(&configuration)
        let error = #expect(throws: OTLPConfigurationError.self) {
            try OTLPSpanExporter(configuration: configuration)
        }
        #expect(error?.code == code)
        var telemetry = Telemetry.Configuration()
        telemetry.setsGlobalBackend = false
        telemetry.spanExporters = [.otlp(configuration)]
        #expect(throws: TelemetryError.self) { try Telemetry(configuration: telemetry, environment: [:]) }
        (telemetry.spanExporters, telemetry.metricExporters) = ([], [.otlp(configuration)])
        #expect(throws: TelemetryError.self) { try Telemetry(configuration: telemetry, environment: [:]) }
    }

    // MARK: Start-up

    private static let pythonIsThere = ConditionTrait.enabled(
        if: Python.isAvailable, Comment(rawValue: Python.absence))

    @Test(pythonIsThere) func spansAndMetricsArriveByEnvironmentAlone() async throws {
        let sink = try ScriptedSink()
        let log = RecordingLogSink()
        var configuration = Telemetry.Configuration(serviceName: "orders")
        configuration.logSink = log
        configuration.setsGlobalBackend = false
        let telemetry = try Telemetry(
            configuration: configuration,
            environment: [
                "OTEL_TRACES_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "otlp",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(sink.port)",
                "OTEL_EXPORTER_OTLP_HEADERS": "api-key=s%20t", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "gzip",
                "OTEL_EXPORTER_OTLP_TIMEOUT": "60000", "OTEL_BSP_EXPORT_TIMEOUT": "60000",
            ])
        await telemetry.withSpan("work") { _ in }
        telemetry.meterProvider.counter(name: "done", scope: .application).add(3)
        #expect(await telemetry.forceFlush(timeout: .seconds(120)))
        // What the exporters measure of themselves comes with the next collection.
        await telemetry.shutdown(timeout: .seconds(120))
        let requests = try await onThread { try sink.finish() }
        let traces = requests.filter { $0.path == "/v1/traces" }
        #expect(try traces.flatMap { try OTLPDecoding.spans(Array($0.body)) }.map(\.name) == ["work"])
        #expect(requests.allSatisfy { $0.headers["api-key"] == "s t" })
        #expect(traces.allSatisfy { $0.headers["content-encoding"] == "gzip" })
        let metrics = try requests.filter { $0.path == "/v1/metrics" }.map { try OTLPDecoding.metrics(Array($0.body)) }
        #expect(metrics.allSatisfy { $0.0 == telemetry.resource })
        let names = Set(metrics.flatMap { $0.1.map(\.name) })
        #expect(
            names.isSuperset(of: [
                "done", "otel.sdk.processor.span.processed", "otel.sdk.exporter.span.exported",
                "otel.sdk.exporter.metric_data_point.exported", "otel.sdk.exporter.operation.duration",
            ]))
        #expect(log.entries.isEmpty && telemetry.lostSpans.isEmpty)
    }

    @Test(.enabled(if: ScriptedSink.hasGRPC, Comment(rawValue: ScriptedSink.grpcAbsence)))
    func spansAndMetricsArriveOverGRPCByEnvironmentAlone() async throws {
        let sink = try ScriptedSink(grpc: "OK")
        let log = RecordingLogSink()
        var configuration = Telemetry.Configuration(serviceName: "orders")
        configuration.logSink = log
        configuration.setsGlobalBackend = false
        let telemetry = try Telemetry(
            configuration: configuration,
            environment: [
                "OTEL_TRACES_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_ENDPOINT": sink.base, "OTEL_EXPORTER_OTLP_HEADERS": "API-Key=s%20t",
                "OTEL_EXPORTER_OTLP_TIMEOUT": "60000", "OTEL_BSP_EXPORT_TIMEOUT": "60000",
            ])
        for _ in 0..<100 { await telemetry.withSpan("work") { _ in } }
        telemetry.meterProvider.counter(name: "done", scope: .application).add(3)
        #expect(await telemetry.forceFlush(timeout: .seconds(120)))
        await telemetry.shutdown(timeout: .seconds(120))
        let calls = try await onThread { try sink.finish() }
        let traces = calls.filter { $0.path.contains("TraceService") }
        #expect(try traces.flatMap { try OTLPDecoding.spans(Array($0.body)) }.count == 100)
        let metrics = try calls.filter { $0.path.contains("MetricsService") }
            .flatMap { try OTLPDecoding.metrics(Array($0.body)).1 }
        #expect(metrics.contains { $0.name == "done" } && calls.allSatisfy { $0.headers["api-key"] == "s t" })
        #expect(log.entries.isEmpty && telemetry.lostSpans.isEmpty)
    }

    @Test(.processGlobals) func otlpIsTheDefaultOfStartUpWithoutCode() async throws {
        let before = TracingBackend.exchangeGlobal(.disabled)
        defer { TracingBackend.global = before }
        let telemetry = try Telemetry(
            service: "orders",
            environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_LOG_LEVEL": "none"])
        #expect("\(telemetry.configuration.spanExporters)" == "[otlp(http://127.0.0.1:1/v1/traces)]")
        #expect("\(telemetry.configuration.metricExporters)" == "[otlp(http://127.0.0.1:1/v1/metrics, cumulative)]")
        await telemetry.withSpan("lost") { _ in }
        // Nothing listens there: shutting down does not wait for it.
        await telemetry.shutdown(timeout: .seconds(120))
        #expect(telemetry.lostSpans == [.exportFailed: 1])
        let code = try Telemetry(configuration: .init(serviceName: "orders"), environment: [:])
        #expect(code.configuration.spanExporters.isEmpty && code.configuration.metricExporters.isEmpty)
        await code.shutdown()
    }
}

extension [String: String] {
    fileprivate static func += (one: inout Self, other: Self) { one.merge(other) { $1 } }
}
