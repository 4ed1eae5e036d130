import Foundation
import OTLPExporter
import TestSupport
import Testing
import TracingCore

@testable import SpanlinkTelemetry

@Suite struct ConfigurationFileTests {
    static let documentation = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Documentation")
    static func example() throws -> String {
        try String(contentsOf: documentation.appendingPathComponent("configuration.yaml"), encoding: .utf8)
    }

    private static func file(_ text: String, _ environment: [String: String] = [:]) throws -> ConfigurationFile {
        try ConfigurationFile(Array(text.utf8), environment: environment)
    }

    // MARK: The example

    @Test func exampleSetsTraces() throws {
        let file = try Self.file(Self.example(), ["API_KEY": "s3cret", "SAMPLE_RATIO": "0.25"])
        #expect(file.isDisabled == false && file.logLevel == .info)
        #expect(file.propagator == TextMapPropagator())
        #expect("\(file.tracerProvider.sampler)" == "\(Sampler.parentBased(root: .traceIDRatio(0.25)))")
        var limits = SpanLimits()
        (limits.attributeCount, limits.attributeValueLength, limits.eventCount) = (32, 4096, 16)
        (limits.linkCount, limits.attributesPerEvent, limits.attributesPerLink) = (1000, 8, 9)
        #expect(file.spanLimits == limits)

        var otlp = OTLPConfiguration.localTraces
        otlp.headers = ["api-key": "s3cret", "x-tenant": "shop"]
        (otlp.compression, otlp.timeout) = (.gzip, .seconds(5))
        let exporters = file.tracerProvider.spanExporters
        try #require(exporters.count == 3)
        guard case .otlp(otlp) = exporters[0].kind, case .otlp(.localGRPC) = exporters[1].kind,
            case .jsonLines("/dev/null") = exporters[2].kind
        else { return #expect(Bool(false), "\(exporters)") }
        var batches = BatchSpanProcessor.Configuration()
        #expect(exporters[1].batches == batches)
        (batches.scheduleDelay, batches.exportTimeout) = (.seconds(1), .seconds(20))
        (batches.maxQueueSize, batches.maxExportBatchSize) = (5000, 500)
        #expect(exporters[0].batches == batches && exporters[2].batches?.scheduleDelay == .zero)
    }

    @Test func exampleSetsMetrics() throws {
        let file = try Self.file(Self.example(), ["COLLECTOR": "https://collector:4318"])
        #expect(file.meterProvider.cardinalityLimit == 500)
        let exporters = file.meterProvider.metricExporters
        try #require(exporters.count == 1)
        #expect(exporters[0].description == "otlp(https://collector:4318/v1/metrics, delta)")
        #expect(exporters[0].schedule?.interval == .seconds(30) && exporters[0].schedule?.timeout == .seconds(10))
    }

    @Test func exampleSetsViews() throws {
        let provider = try Self.file(Self.example()).meterProvider
        #expect(provider.exemplarFilter == .alwaysOn)
        let first = MetricView(
            .init(
                instrumentName: "messaging.*", instrumentType: .histogram, unit: "s", meterName: "my-meter",
                meterVersion: "1.0.0", meterSchemaURL: "https://opentelemetry.io/schemas/1.44.0"),
            .init(
                description: "shorter",
                aggregation: .explicitBucketHistogram(boundaries: [0.1, 1, 10], recordsMinMax: false),
                includedAttributes: ["messaging.*"], excludedAttributes: ["messaging.client.id"],
                cardinalityLimit: 100))
        #expect(provider.views == [first, MetricView(.init(instrumentName: "noise"), .init(aggregation: .drop))])
    }

    @Test func exampleSetsTheResource() throws {
        let file = try Self.file(Self.example(), ["OTEL_SERVICE_NAME": "from detector"])
        let resource = file.resource.resource(
            over: Resource(attributes: ["service.name": "code", "code": 1]), in: .current(environment: [:]))
        #expect(resource.schemaURL == "https://opentelemetry.io/schemas/1.44.0")
        let attributes = resource.attributes
        #expect(attributes["service.name"] == "settlement" && attributes["service.namespace"] == "shop")
        #expect(attributes["shop.shards"] == [1, 2, 3] && attributes["deployment.environment.name"] == "test")
        #expect(attributes["code"] == 1 && attributes["telemetry.sdk.name"] == "spanlink")
        #expect(attributes["process.pid"] != nil && attributes["service.instance.id"] != nil)
        #expect(attributes["process.executable.name"] == nil)
    }

    // MARK: Parts

    private static let format = "file_format: \"1.0\"\n"

    private static let samplers: [(yaml: String, sampler: Sampler)] = [
        ("always_on:", .alwaysOn), ("always_off: {}", .alwaysOff),
        ("trace_id_ratio_based:", .traceIDRatio(1)), ("trace_id_ratio_based: {ratio: 0}", .traceIDRatio(0)),
        ("probability/development: {ratio: 0.25}", .consistentProbability(0.25)),
        ("parent_based:", .parentBased(root: .alwaysOn)),
        (
            "parent_based: {root: {always_off: }, remote_parent_sampled: {always_off: }, "
                + "remote_parent_not_sampled: {always_on: }, local_parent_sampled: {always_off: }, "
                + "local_parent_not_sampled: {trace_id_ratio_based: {ratio: .5}}}",
            .parentBased(
                root: .alwaysOff, remoteParentSampled: .alwaysOff, remoteParentNotSampled: .alwaysOn,
                localParentSampled: .alwaysOff, localParentNotSampled: .traceIDRatio(0.5))
        ),
    ]

    @Test(arguments: samplers) func samplerIsRead(yaml: String, sampler: Sampler) throws {
        let file = try Self.file(
            Self.format
                + "tracer_provider:\n  processors: [{simple: {exporter: {console: }}}]\n  sampler:\n    \(yaml)\n")
        #expect("\(file.tracerProvider.sampler)" == "\(sampler)")
    }

    private static let attributes: [(yaml: String, value: AttributeValue?)] = [
        ("value: text", "text"), ("value: \"7\"", "7"), ("{value: 7, type: int}", 7),
        ("{value: true, type: bool}", true),
        ("{value: 7, type: double}", 7.0), ("{value: 0.5, type: double}", 0.5), ("value: null", nil),
        ("{value: [a, b], type: string_array}", ["a", "b"]), ("{value: [true], type: bool_array}", [true]),
        ("{value: [1.5, 2], type: double_array}", [1.5, 2.0]),
    ]

    @Test(arguments: attributes) func resourceAttributeHasItsType(yaml: String, value: AttributeValue?) throws {
        let pair = yaml.hasPrefix("{") ? String(yaml.dropFirst().dropLast()) : yaml
        let file = try Self.file(Self.format + "resource: {attributes: [{name: key, \(pair)}]}\n")
        #expect(file.resource.given.attributes["key"] == value)
    }

    private static let propagators: [(yaml: String, formats: TextMapPropagator.Formats)] = [
        ("", []), ("propagator: {}\n", []), ("propagator: {composite: [{baggage: }]}\n", .baggage),
        ("propagator: {composite_list: \"tracecontext\"}\n", .traceContext),
        ("propagator: {composite_list: none}\n", []), ("propagator: {composite_list: \"\"}\n", []),
        (
            "propagator: {composite: [{tracecontext: }], composite_list: \"baggage,tracecontext\"}\n",
            [.traceContext, .baggage]
        ),
    ]

    @Test(arguments: propagators) func propagatorIsRead(yaml: String, formats: TextMapPropagator.Formats) throws {
        #expect(try Self.file(Self.format + yaml).propagator.formats == formats)
    }

    @Test(
        arguments: [
            ("info", .info), ("info3", .notice), ("warn4", .warning), ("fatal", .critical), ("trace2", .trace),
        ] as [(String, LogLevel)])
    func logLevelIsRead(name: String, level: LogLevel) throws {
        #expect(try Self.file(Self.format + "log_level: \(name)\n").logLevel == level)
    }

    @Test(
        arguments: [
            ("foo.*", "foo.bar", true), ("foo.*", "foo", false), ("*", "", true), ("a?c", "abc", true),
            ("a?c", "ac", false), ("*b*d", "abcd", true), ("*b*d", "abcde", false), ("a", "A", false),
        ])
    func patternMatches(pattern: String, name: String, matches: Bool) {
        #expect(PatternList(included: [pattern]).contains(name) == matches)
        #expect(PatternList(excluded: [pattern]).contains(name) == !matches)
    }

    // MARK: Random mistakes

    @Test func damagedExampleNeverCrashes() throws {
        let bytes = Array(try Self.example().utf8)
        var random = SplitMix(seed: 11)
        let alphabet = Array("\n\t -:[]{}#&*!|>'\"%@`$,?x0\u{0}".utf8) + [0xC3, 0xFF]
        var accepted = 0
        for round in 0..<4_000 {
            var damaged = bytes
            if round.isMultiple(of: 2) { damaged.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !damaged.isEmpty {
                let index = damaged.indices.randomElement(using: &random)!
                damaged[index] = alphabet.randomElement(using: &random)!
            }
            do {
                _ = try ConfigurationFile(damaged, environment: [:])
                accepted += 1
            } catch {
                #expect(error.line >= 1 && error.line <= bytes.count)
            }
        }
        #expect(accepted > 0 && accepted < 4_000)
    }

    // MARK: Documentation

    @Test func documentationListsTheKeys() throws {
        let page = try String(
            contentsOf: Self.documentation.appendingPathComponent("Configuration.md"), encoding: .utf8)
        let header = "| mapping | keys | not supported |\n|---|---|---|\n"
        let table = try #require(page.range(of: header)).upperBound
        let rows = page[table...].prefix(while: { $0 != "F" }).split(separator: "\n").map(String.init)
        func list(_ keys: [String]) -> String { keys.map { "`\($0)`" }.joined(separator: ", ") }
        func cell(_ text: String) -> String { text.isEmpty ? " " : " \(text) " }
        let expected = FileSection.all.map {
            "|\(cell($0.name))|\(cell(list($0.keys)))|\(cell(list($0.unsupported)))|"
        }
        #expect(rows == expected)
    }
}
