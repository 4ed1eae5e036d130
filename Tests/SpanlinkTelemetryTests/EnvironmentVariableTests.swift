import OTLPExporter
import TestSupport
import Testing
import TracingCore

@testable import SpanlinkTelemetry

/// What one variable makes of the configuration, as text.
struct VariableCase: Sendable, CustomTestStringConvertible {
    let name: String
    let value: String
    let others: [String: String]
    /// What is read from the configuration.
    let shown: @Sendable (Telemetry.Configuration) -> String
    /// `nil`: as without the variable.
    let expected: String?
    let warns: Bool

    var testDescription: String { "\(name)=\(value)" }

    init(
        _ name: String, _ value: String, with others: [String: String] = [:], _ expected: String?,
        warns: Bool = false, _ shown: @escaping @Sendable (Telemetry.Configuration) -> String
    ) {
        self.name = name
        self.value = value
        self.others = others
        self.shown = shown
        self.expected = expected
        self.warns = warns
    }
}

/// Telemetry that leaves the process' global backend alone.
func telemetry(
    _ environment: [String: String] = [:], log: RecordingLogSink = RecordingLogSink(),
    _ change: (inout Telemetry.Configuration) -> Void = { _ in }
) throws -> Telemetry {
    var configuration = Telemetry.Configuration(serviceName: "orders")
    configuration.logSink = log
    configuration.setsGlobalBackend = false
    change(&configuration)
    return try Telemetry(configuration: configuration, environment: environment)
}

@Suite struct EnvironmentVariableTests {
    private static func numbers(
        _ name: String, _ good: [(String, String)], bad: [String],
        _ shown: @escaping @Sendable (Telemetry.Configuration) -> String
    ) -> [VariableCase] {
        good.map { VariableCase(name, $0.0, $0.1, shown) } + [
            VariableCase(name, "", nil, shown), VariableCase(name, "  ", nil, shown),
        ]
            + bad.map { VariableCase(name, $0, nil, warns: true, shown) }
    }

    private static func counts(
        _ name: String, from least: Int, _ path: any KeyPath<Telemetry.Configuration, Int> & Sendable
    ) -> [VariableCase] {
        numbers(
            name, [("\(least)", "\(least)"), (" 7 ", "7"), ("1000000", "1000000")],
            bad: ["\(least - 1)", "x", "1.5", "1e3", "99999999999999999999"]
        ) { "\($0[keyPath: path])" }
    }

    private static func times(
        _ name: String, zero: String?, _ path: any KeyPath<Telemetry.Configuration, Duration> & Sendable
    ) -> [VariableCase] {
        numbers(
            name, [("1", "0.001 seconds"), ("1500", "1.5 seconds")] + (zero.map { [("0", $0)] } ?? []),
            bad: ["-1", "5s", "1.5", "99999999999999999"] + (zero == nil ? ["0"] : [])
        ) { "\($0[keyPath: path])" }
    }

    static let numeric: [VariableCase] =
        counts("OTEL_BSP_MAX_QUEUE_SIZE", from: 1, \.batchProcessor.maxQueueSize)
        + counts("OTEL_ATTRIBUTE_COUNT_LIMIT", from: 0, \.spanLimits.attributeCount)
        + counts("OTEL_ATTRIBUTE_COUNT_LIMIT", from: 0, \.spanLimits.attributesPerEvent)
        + counts("OTEL_ATTRIBUTE_COUNT_LIMIT", from: 0, \.spanLimits.attributesPerLink)
        + counts("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", from: 0, \.spanLimits.attributeCount)
        + counts("OTEL_SPAN_EVENT_COUNT_LIMIT", from: 0, \.spanLimits.eventCount)
        + counts("OTEL_SPAN_LINK_COUNT_LIMIT", from: 0, \.spanLimits.linkCount)
        + counts("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", from: 0, \.spanLimits.attributesPerEvent)
        + counts("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", from: 0, \.spanLimits.attributesPerLink)
        + numbers("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", [("1", "1"), ("2048", "2048")], bad: ["0", "-1", "x"]) {
            "\($0.batchProcessor.maxExportBatchSize)"
        }
        + ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"].flatMap {
            numbers($0, [("0", "Optional(0)"), ("64", "Optional(64)")], bad: ["-1", "long"]) {
                "\(String(describing: $0.spanLimits.attributeValueLength))"
            }
        }
        + times("OTEL_BSP_SCHEDULE_DELAY", zero: "0.0 seconds", \.batchProcessor.scheduleDelay)
        + times("OTEL_BSP_EXPORT_TIMEOUT", zero: "1000000000.0 seconds", \.batchProcessor.exportTimeout)
        + times("OTEL_METRIC_EXPORT_INTERVAL", zero: nil, \.metricInterval)
        + times("OTEL_METRIC_EXPORT_TIMEOUT", zero: "1000000000.0 seconds", \.metricTimeout)

    private static func sampler(
        _ name: String, arg argument: String? = nil, _ expected: String?, warns: Bool = false
    ) -> VariableCase {
        VariableCase(
            "OTEL_TRACES_SAMPLER", name, with: argument.map { ["OTEL_TRACES_SAMPLER_ARG": $0] } ?? [:], expected,
            warns: warns
        ) { "\($0.sampler)" }
    }

    private static func parentBased(_ root: Sampler) -> String { "\(Sampler.parentBased(root: root))" }

    static let samplers: [VariableCase] = [
        sampler("", nil), sampler("always_on", "\(Sampler.alwaysOn)"), sampler("ALWAYS_OFF", "\(Sampler.alwaysOff)"),
        sampler("traceidratio", arg: "0.25", "\(Sampler.traceIDRatio(0.25))"),
        sampler("traceidratio", "\(Sampler.traceIDRatio(1))"),
        sampler("traceidratio", arg: "2", "\(Sampler.traceIDRatio(1))", warns: true),
        sampler("traceidratio", arg: "half", "\(Sampler.traceIDRatio(1))", warns: true),
        sampler("traceidratio", arg: "nan", "\(Sampler.traceIDRatio(1))", warns: true),
        sampler("always_on", arg: "half", "\(Sampler.alwaysOn)"),
        sampler("parentbased_always_on", parentBased(.alwaysOn)),
        sampler("parentbased_always_off", parentBased(.alwaysOff)),
        sampler("ParentBased_TraceIdRatio", arg: "0.5", parentBased(.traceIDRatio(0.5))),
        sampler("probability", arg: "0.5", "\(Sampler.consistentProbability(0.5))"),
        sampler(
            "parentbased_probability_links", arg: "0.5", parentBased(.consistentProbability(0.5, randomness: .links))),
        sampler("linkbased_any", "\(Sampler.linkBased(.any, whenThereAreNone: .traceIDRatio(1)))"),
        sampler(
            "parentbased_linkbased_any", arg: "0.1", parentBased(.linkBased(.any, whenThereAreNone: .traceIDRatio(0.1)))
        ),
        sampler("parentbased_linkbased_all", parentBased(.linkBased(.all, whenThereAreNone: .traceIDRatio(1)))),
        sampler("parentbased_linkbased_share", arg: "0.5", parentBased(.linkBased(.share(0.5)))),
        sampler(
            "linksbased_parentbased_always_on",
            "\(Sampler.linkBased(.any, whenThereAreNone: .parentBased(root: .alwaysOn)))"),
        sampler("jaeger_remote", nil, warns: true), sampler("parentbased_jaeger_remote", nil, warns: true),
        sampler("xray", nil, warns: true), sampler("sometimes", nil, warns: true),
        sampler("parentbased_", nil, warns: true), sampler("parentbased_parentbased_always_on", nil, warns: true),
    ]

    private static func exporters(
        _ name: String, file: String, console: String, otlp: String,
        _ shown: @escaping @Sendable (Telemetry.Configuration) -> String
    ) -> [VariableCase] {
        // The directory does not exist: that is logged too.
        let absent = "/tmp/spanlink-never-made/x.jsonl"
        let standardOutput = "[jsonLines(/dev/stdout)]"
        return [
            VariableCase(name, "", nil, shown), VariableCase(name, ",", nil, shown),
            VariableCase(name, "none", "[]", shown), VariableCase(name, "console", "[\(console)]", shown),
            VariableCase(name, "none, Console,console", "[\(console)]", shown),
            VariableCase(name, "otlp/stdout", standardOutput, shown),
            VariableCase(name, "otlp_file", with: [file: absent], "[jsonLines(\(absent))]", warns: true, shown),
            VariableCase(
                name, "otlp_file/development", with: [file: absent], "[jsonLines(\(absent))]", warns: true, shown),
            VariableCase(name, "otlp_file", nil, warns: true, shown),
            VariableCase(name, "otlp", "[\(otlp)]", shown),
            VariableCase(name, "zipkin", nil, warns: true, shown),
            VariableCase(name, "zipkin,otlp/stdout", standardOutput, warns: true, shown),
        ]
    }

    static let exporters: [VariableCase] =
        exporters(
            "OTEL_TRACES_EXPORTER", file: "SPANLINK_SPANS_FILE", console: "console",
            otlp: "otlp(http://localhost:4318/v1/traces)"
        ) { "\($0.spanExporters)" }
        + exporters(
            "OTEL_METRICS_EXPORTER", file: "SPANLINK_METRICS_FILE",
            console: "jsonLines(/dev/stdout)", otlp: "otlp(http://localhost:4318/v1/metrics, cumulative)"
        ) { "\($0.metricExporters)" }

    static let general: [VariableCase] =
        [
            ("always_on", "always_on", false), ("ALWAYS_OFF", "always_off", false),
            ("trace_based", "trace_based", false),
            ("", nil, false), ("sometimes", nil, true),
        ].map { value, expected, warns in
            VariableCase("OTEL_METRICS_EXEMPLAR_FILTER", value, expected, warns: warns) { $0.exemplarFilter.rawValue }
        }
        + [
            ("true", "true", false), ("TRUE", "true", false), ("false", "false", false), ("1", "false", true),
            ("", nil, false),
        ]
        .map { value, expected, warns in
            VariableCase("OTEL_SDK_DISABLED", value, expected, warns: warns) { "\($0.isDisabled)" }
        }
        + [
            ("tracecontext", "[\"traceparent\", \"tracestate\"]", false), ("Baggage", "[\"baggage\"]", false),
            ("none", "[]", false), ("", nil, false), ("b3", nil, true),
            ("b3,tracecontext,tracecontext", "[\"traceparent\", \"tracestate\"]", true),
        ].map { value, expected, warns in
            VariableCase("OTEL_PROPAGATORS", value, expected, warns: warns) { "\($0.propagator.fields)" }
        }
        + [
            ("debug", "debug", false), ("WARN", "warning", false), ("error", "error", false),
            ("fatal", "critical", false), ("", nil, false), ("loud", nil, true), ("none", "critical", false),
        ].map { value, expected, warns in
            VariableCase("OTEL_LOG_LEVEL", value, expected, warns: warns) { "\($0.logSink.level)" }
        }
        + [
            VariableCase("OTEL_SEMCONV_STABILITY_OPT_IN", "messaging/dup", nil) { "\($0.sampler)" }
        ]

    @Test(arguments: numeric + samplers + exporters + general) func aVariable(_ variable: VariableCase) async throws {
        let log = RecordingLogSink()
        let environment = variable.others.merging([variable.name: variable.value]) { $1 }
        let telemetry = try telemetry(environment, log: log)
        let without = try Self.telemetryWithoutEnvironment()
        #expect(variable.shown(telemetry.configuration) == variable.expected ?? variable.shown(without))
        let warnings = log.entries.filter { $0.level >= .warning }
        #expect(!warnings.isEmpty == variable.warns, "\(warnings)")
        // A warning names what it is about.
        #expect(
            warnings.allSatisfy { entry in
                entry.metadata["path"] != nil || entry.metadata["variable"]?.hasPrefix(variable.name) == true
            })
        await telemetry.shutdown()
    }

    private static func telemetryWithoutEnvironment() throws -> Telemetry.Configuration {
        try telemetry().configuration
    }

    @Test func theEnvironmentWinsOverCode() async throws {
        let telemetry = try telemetry([
            "OTEL_SERVICE_NAME": "from environment", "OTEL_TRACES_SAMPLER": "always_off",
            "OTEL_SPAN_LINK_COUNT_LIMIT": "7", "OTEL_TRACES_EXPORTER": "none", "OTEL_SDK_DISABLED": "false",
        ]) {
            $0.sampler = .alwaysOn
            $0.spanLimits.linkCount = 3
            $0.spanLimits.eventCount = 4
            $0.spanExporters = [.console]
            $0.isDisabled = true
        }
        let configuration = telemetry.configuration
        #expect("\(configuration.sampler)" == "\(Sampler.alwaysOff)")
        #expect(configuration.spanLimits.linkCount == 7 && configuration.spanLimits.eventCount == 4)
        #expect(configuration.spanExporters.isEmpty && !configuration.isDisabled)
        #expect(telemetry.resource.attributes["service.name"] == "from environment")
        await telemetry.shutdown()
    }

    /// A name chooses among the destinations of code; their details stay.
    static let chosen: [(String, [String: String], spans: String, metrics: String)] = [
        (
            "otlp", [:], "[otlp(https://one/v1/traces), otlp(https://two/v1/traces)]",
            "[otlp(https://one/v1/metrics, delta)]"
        ),
        ("otlp_file", [:], "[jsonLines(/dev/null)]", "[jsonLines(/dev/null)]"),
        (
            "otlp_file", ["SPANLINK_SPANS_FILE": "/dev/zero", "SPANLINK_METRICS_FILE": "/dev/zero"],
            "[jsonLines(/dev/zero)]", "[jsonLines(/dev/zero)]"
        ),
        (
            "console,otlp_file,otlp", [:],
            "[console, jsonLines(/dev/null), otlp(https://one/v1/traces), otlp(https://two/v1/traces)]",
            "[jsonLines(/dev/stdout), jsonLines(/dev/null), otlp(https://one/v1/metrics, delta)]"
        ),
        ("none", [:], "[]", "[]"),
    ]

    @Test(arguments: chosen)
    func namedExportersKeepWhatCodeSaysOfThem(
        names: String, others: [String: String], spans: String, metrics: String
    ) async throws {
        let log = RecordingLogSink()
        var one = OTLPConfiguration(endpoint: "https://one/v1/traces")
        one.headers = ["authorization": "secret"]
        var code = OTLPConfiguration(endpoint: "https://one/v1/metrics")
        code.compression = .gzip
        let environment = others.merging(["OTEL_TRACES_EXPORTER": names, "OTEL_METRICS_EXPORTER": names]) { $1 }
        let telemetry = try telemetry(environment, log: log) {
            $0.spanExporters = [
                .otlp(one), .jsonLines(path: "/dev/null"), .otlp(OTLPConfiguration(endpoint: "https://two/v1/traces")),
            ]
            $0.metricExporters = [.jsonLines(path: "/dev/null"), .otlp(code, temporality: .delta)]
        }
        #expect("\(telemetry.configuration.spanExporters)" == spans)
        #expect("\(telemetry.configuration.metricExporters)" == metrics)
        for case .otlp(let kept) in telemetry.configuration.spanExporters.prefix(1).map(\.kind) { #expect(kept == one) }
        for case .otlp(let kept, _, _) in telemetry.configuration.metricExporters.map(\.kind) { #expect(kept == code) }
        #expect(log.entries.isEmpty)
        await telemetry.shutdown()
    }

    /// What code gives has no name there, so that no name leaves it out.
    static let unnamed: [(names: String, spans: [String], metrics: [String], isWarned: Bool)] = [
        ("", ["custom", "console", "memory"], ["custom", "reader", "file"], false),
        ("zipkin", ["custom", "console", "memory"], ["custom", "reader", "file"], true),
        ("otlp", ["otlp", "custom", "memory"], ["otlp", "custom", "reader"], false),
        ("none,otlp", ["otlp", "custom", "memory"], ["otlp", "custom", "reader"], false),
        ("none", [], [], true),
    ]

    @Test(arguments: unnamed)
    func destinationsWithoutANameStay(
        names: String, spans: [String], metrics: [String], isWarned: Bool
    ) async throws {
        let log = RecordingLogSink()
        let environment = ["OTEL_TRACES_EXPORTER": names, "OTEL_METRICS_EXPORTER": names]
        let telemetry = try telemetry(environment, log: log) {
            $0.spanExporters = [
                .custom(GatedSpanExporter(isOpen: true)), .console, .inMemory(InMemorySpanExporter()),
            ]
            $0.metricExporters = [
                .custom(InMemoryMetricExporter()), .reader(InMemoryMetricReader()), .jsonLines(path: "/dev/null"),
            ]
        }
        let words = [
            "GatedSpanExporter": "custom", "InMemorySpanExporter": "memory", "InMemoryMetricExporter": "custom",
            "InMemoryMetricReader": "reader", "jsonLines(/dev/null)": "file",
        ]
        func word(_ text: String) -> String { words[text] ?? (text.hasPrefix("otlp(") ? "otlp" : text) }
        #expect(telemetry.configuration.spanExporters.map { word("\($0)") } == spans)
        #expect(telemetry.configuration.metricExporters.map { word("\($0)") } == metrics)
        #expect(
            log.entries.map { $0.metadata["variable"] }
                == (isWarned ? ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"] : []))
        await telemetry.shutdown(timeout: .zero)
    }

    @Test func theVariablesOfOTLPCountOnTopOfCodesDestination() async throws {
        let telemetry = try telemetry([
            "OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/x",
        ]) {
            var code = OTLPConfiguration(endpoint: "https://one/v1/traces")
            code.headers = ["authorization": "secret"]
            $0.spanExporters = [.otlp(code)]
        }
        guard case .otlp(let read) = telemetry.configuration.spanExporters.first?.kind else {
            return #expect(Bool(false), "no OTLP")
        }
        #expect(read.endpoint == "http://127.0.0.1:1/x" && read.headers == ["authorization": "secret"])
        await telemetry.shutdown()
    }

    @Test func theSpecificLimitBeatsTheGeneralOne() throws {
        let limits = try telemetry([
            "OTEL_ATTRIBUTE_COUNT_LIMIT": "5", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "6",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "7", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "8",
        ]).configuration.spanLimits
        #expect(limits.attributeCount == 6 && limits.attributeValueLength == 8)
        #expect(limits.attributesPerLink == 5 && limits.attributesPerEvent == 5)
    }

    @Test(arguments: [
        (["OTEL_BSP_MAX_QUEUE_SIZE": "100"], 0),
        (["OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "200"], 1),
    ])
    func aBatchIsNoLargerThanTheQueue(environment: [String: String], warnings: Int) throws {
        let log = RecordingLogSink()
        let batch = try telemetry(environment, log: log).configuration.batchProcessor
        #expect(batch.maxQueueSize == 100 && batch.maxExportBatchSize == 100)
        #expect(log.entries.count == warnings)
    }

    @Test func theLogLevelHoldsForTheWarningsOfOtherVariables() throws {
        let log = RecordingLogSink()
        _ = try telemetry(["OTEL_BSP_SCHEDULE_DELAY": "soon", "OTEL_LOG_LEVEL": "error"], log: log)
        #expect(log.entries.isEmpty)
        let standard = try telemetry(["OTEL_LOG_LEVEL": "debug"]) { $0.logSink = StandardErrorLogSink() }
        #expect(standard.configuration.logSink is StandardErrorLogSink)
        #expect(standard.configuration.logSink.level == .debug)
    }

    @Test func theProcessEnvironmentIsRead() {
        let path = Telemetry.processEnvironment["PATH"]
        #expect(path?.isEmpty == false)
    }
}
