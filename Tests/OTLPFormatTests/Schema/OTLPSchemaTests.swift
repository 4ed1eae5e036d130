import Foundation
import TestSupport
import Testing
import TracingCore

@testable import OTLPFormat

/// In the order of their groups, as they stand in a request.
private func grouped(_ spans: [SpanData]) -> [SpanData] {
    var resources: [Resource] = []
    for span in spans where !resources.contains(span.resource) { resources.append(span.resource) }
    return resources.flatMap { resource in
        let members = spans.filter { $0.resource == resource }
        var scopes: [InstrumentationScope] = []
        for span in members where !scopes.contains(span.scope) { scopes.append(span.scope) }
        return scopes.flatMap { scope in members.filter { $0.scope == scope } }
    }
}

@Suite struct OTLPSchemaTests {
    private static let resource = Resource(attributes: ["service.name": "orders"], schemaURL: "https://schema/r")

    @Test(arguments: 1...5) func randomSpansAreReadBackFieldByField(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let spans = random.spans(200)
        let decoded = try OTLPDecoding.spans(encoded(spans))
        #expect(decoded.count == spans.count)
        for (decoded, span) in zip(decoded, grouped(spans)) {
            #expect(decoded.name == span.name && decoded.kind == span.kind && decoded.status == span.status)
            #expect(decoded.context == span.context)
            #expect(decoded.parent?.spanID == span.parent?.spanID && decoded.parent?.isRemote == span.parent?.isRemote)
            #expect(decoded.startTime == span.startTime && decoded.endTime == span.endTime)
            #expect(Array(decoded.attributes) == Array(span.attributes))
            #expect(decoded.events == span.events)
            #expect(decoded.links == span.links)
            #expect(decoded.droppedAttributesCount == span.droppedAttributesCount)
            #expect(decoded.droppedEventsCount == span.droppedEventsCount)
            #expect(decoded.droppedLinksCount == span.droppedLinksCount)
            #expect(decoded.scope == span.scope && decoded.resource == span.resource)
        }
    }

    @Test(arguments: 1...3) func randomMetricsAreReadBackFieldByField(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let metrics = random.metrics(100)
        let (resource, decoded) = try OTLPDecoding.metrics(encoded(metrics, Self.resource))
        #expect(resource == Self.resource)
        var scopes: [InstrumentationScope] = []
        for metric in metrics where !scopes.contains(metric.scope) { scopes.append(metric.scope) }
        #expect(decoded == scopes.flatMap { scope in metrics.filter { $0.scope == scope } })
    }

    @Test func manyLinksKeepTheirOrder() throws {
        var random = RandomTelemetry(seed: 9)
        var span = random.spans(1)[0]
        span.links = (1...500).map {
            TraceSpan.Link(
                SpanContext(
                    traceID: TraceID(high: 7, low: UInt64($0)), spanID: SpanID(UInt64($0)), traceFlags: [.sampled],
                    isRemote: true),
                attributes: ["messaging.kafka.offset": .int($0)])
        }
        #expect(try OTLPDecoding.spans(encoded([span])).first?.links == span.links)
    }

    /// One span by hand, byte by byte.
    @Test func smallSpanHasTheBytesOfTheWireFormat() {
        let span = SpanData(
            name: "a", kind: .producer,
            context: SpanContext(
                traceID: TraceID(high: 0x0102_0304_0506_0708, low: 9), spanID: SpanID(1), traceFlags: [.sampled]),
            startTime: Timestamp(nanosecondsSinceEpoch: 258), endTime: Timestamp(nanosecondsSinceEpoch: 0),
            attributes: ["k": -1], status: .error("x"), scope: InstrumentationScope(name: "s"), resource: Resource())
        let fields: [[UInt8]] = [
            [0x0A, 16, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 9], [0x12, 8, 0, 0, 0, 0, 0, 0, 0, 1],
            [0x2A, 1, 0x61], [0x30, 4], [0x39, 2, 1, 0, 0, 0, 0, 0, 0],
            [0x4A, 16, 0x0A, 1, 0x6B, 0x12, 11, 0x18] + Array(repeating: 0xFF, count: 9) + [1],
            [0x7A, 5, 0x12, 1, 0x78, 0x18, 2], [0x85, 0x01, 0x01, 0x01, 0, 0],
        ]
        let body = Array(fields.joined())
        let scope: [UInt8] = [0x0A, 3, 0x0A, 1, 0x73, 0x12, UInt8(body.count)] + body
        #expect(encoded([span]) == [0x0A, UInt8(scope.count + 4), 0x0A, 0, 0x12, UInt8(scope.count)] + scope)
    }

    @Test(.enabled(if: Python.hasDefinitions, Comment(rawValue: Python.definitionsAbsence)), arguments: 1...5)
    func officialDefinitionsReadTheSame(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let spans = random.spans(200)
        try check("traces", encoded(spans), encodedJSON(spans))

        let metrics = random.metrics(50)
        try check("metrics", encoded(metrics, Self.resource), encodedJSON(metrics, Self.resource))
    }

    private func check(_ kind: String, _ protobuf: [UInt8], _ json: [UInt8]) throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString)")
        let files = [base.appendingPathExtension("pb"), base.appendingPathExtension("json")]
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        try Data(protobuf).write(to: files[0])
        try Data(json).write(to: files[1])
        let result = try Python.run("../Support/check_protobuf.py", [kind] + files.map(\.path))
        #expect(result.exit == .status(0), "\(result.errors)")
    }
}
