import TestSupport
import Testing
import TracingCore

/// Both sinks write the same values, whatever the values are.
@Suite struct SinkAgreementTests {
    private static let resource = Resource(attributes: ["service.name": "orders"], schemaURL: "https://schema/r")

    @Test(arguments: 1...10) func randomSpansDecodeToTheSameInBothFormats(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let spans = random.spans(200)
        let protobuf = try OTLPDecoding.spans(encoded(spans))
        let json = try OTLPJSONDecoding.spans(encodedJSON(spans))
        #expect(protobuf.count == spans.count)
        #expect(protobuf.map(\.content) == json.map(\.content))
        #expect(Set(protobuf.map(\.content)) == Set(spans.map(\.content)))
    }

    @Test(arguments: 1...5) func randomMetricsDecodeToTheSameInBothFormats(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let metrics = random.metrics(200)
        let protobuf = try OTLPDecoding.metrics(encoded(metrics, Self.resource))
        let json = try OTLPJSONDecoding.metrics(encodedJSON(metrics, Self.resource))
        #expect(protobuf == json)
        #expect(protobuf.0 == Self.resource && Set(protobuf.1) == Set(metrics))
    }

    @Test func valuesAtTheEndsOfTheirTypesDecodeToTheSame() throws {
        let attributes: Attributes = [
            "nan": .double(.nan), "infinity": .double(-.infinity), "zero": .double(-0.0), "tiny": .double(2.5e-308),
            "min": .int(Int64.min), "max": .int(Int64.max), "empty": "", "none": .bytes([]), "": "empty key",
            "nested": .array([.map(["b": .array([.array([])]), "a": .map([:])]), .bytes([0, 255]), .bool(false)]),
            "long": .string(String(repeating: "ß", count: 9_000)),
        ]
        var span = SpanData(
            name: "", kind: .internal, context: .invalid, startTime: Timestamp(nanosecondsSinceEpoch: 0),
            endTime: Timestamp(nanosecondsSinceEpoch: .max), attributes: attributes,
            links: [TraceSpan.Link(.invalid, attributes: attributes)], status: .error(""),
            scope: InstrumentationScope(name: ""), resource: Resource())
        span.events = [TraceSpan.Event(name: "", attributes: attributes, time: Timestamp(nanosecondsSinceEpoch: 0))]
        let protobuf = try OTLPDecoding.spans(encoded([span]))
        let json = try OTLPJSONDecoding.spans(encodedJSON([span]))
        #expect(protobuf.map(\.content) == [span.content])
        #expect(json.map(\.content) == [span.content])
    }

    @Test(.enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
    func goldenSpansDecodeToTheSameInBothFormats() throws {
        let spans = try GoldenExample.ids().flatMap { try GoldenExample($0).spanData }
        #expect(spans.count > 40)
        let protobuf = try OTLPDecoding.spans(encoded(spans))
        let json = try OTLPJSONDecoding.spans(encodedJSON(spans))
        #expect(protobuf.map(\.content) == spans.map(\.content))
        #expect(json.map(\.content) == spans.map(\.content))
    }
}
