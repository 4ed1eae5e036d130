import Foundation
import OTLPFormat
import TestSupport
import Testing
import TracingCore

private let validContext = SpanContext(
    traceID: TraceID(high: 0x0AF7_6519_16CD_43DD, low: 0x8448_EB21_1C80_319C), spanID: SpanID(0xB7AD_6B71_6920_3331),
    traceFlags: [.sampled], isRemote: true)

@Suite struct JSONLinesSpanExporterTests {
    private typealias Object = [String: Any]

    /// The lines that `body` makes a tracer write, as Foundation's objects.
    private func lines(_ body: (JSONLinesSpanExporter) -> Void) throws -> [Object] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let exporter = JSONLinesSpanExporter(path: file.path, log: NoLogSink())
        body(exporter)
        exporter.shutdown(deadline: .now)
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? Object)
        }
    }

    private func objects(_ object: Object, _ key: String) -> [Object] { object[key] as? [Object] ?? [] }

    @Test func everyFieldIsWrittenAsTheSpecificationSays() throws {
        var limits = SpanLimits()
        limits.attributeCount = 2
        limits.eventCount = 1
        limits.linkCount = 3
        limits.attributesPerEvent = 1
        limits.attributesPerLink = 1
        let scope = InstrumentationScope(
            name: "lib", version: "1.2", schemaURL: "https://schema/scope", attributes: ["s": true])
        var parent = validContext
        parent.traceState.set("vendor", "1")
        let local = SpanContext(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: [.sampled, .random])

        let written = try lines { exporter in
            let provider = TracerProvider(
                resource: Resource(attributes: ["service.name": "x"], schemaURL: "https://schema/resource"),
                processors: [SimpleSpanProcessor(exporter: exporter)], limits: limits,
                identifiers: SeededIDSource(seed: 3), logSink: NoLogSink())
            let span = TracingBackend.core(provider).startSpan(
                "name \"1\"", kind: .consumer, parent: .span(parent), attributes: ["a": 1, "b": [1.5, "x"], "c": 1],
                links: [TraceSpan.Link(parent, attributes: ["l": 1, "m": 2]), TraceSpan.Link(local)],
                at: Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_001), scope: scope)
            span.addLink(TraceSpan.Link(.invalid, attributes: ["only": "attributes"]))
            span.addLink(TraceSpan.Link(local))
            span.addEvent("event", attributes: ["e": 1, "f": 2], at: Timestamp(nanosecondsSinceEpoch: 5))
            span.addEvent("dropped")
            span.setStatus(.error("why"))
            span.end(at: Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_009))
        }
        let resource = try #require(objects(written[0], "resourceSpans").first)
        #expect(resource["schemaUrl"] as? String == "https://schema/resource")
        let resourceObject = try #require(resource["resource"] as? Object)
        #expect(
            objects(resourceObject, "attributes") as NSArray == [
                ["key": "service.name", "value": ["stringValue": "x"]]
            ])
        let group = try #require(objects(resource, "scopeSpans").first)
        #expect(group["schemaUrl"] as? String == "https://schema/scope")
        let scopeObject = try #require(group["scope"] as? NSDictionary)
        #expect(
            scopeObject == [
                "name": "lib", "version": "1.2", "attributes": [["key": "s", "value": ["boolValue": true]]],
            ])
        var span = try #require(objects(group, "spans").first)
        let links = try #require(span.removeValue(forKey: "links") as? NSArray)
        let ids = SeededIDSource(seed: 3)
        #expect(
            span as NSDictionary == [
                "traceId": validContext.traceID.hexString, "spanId": ids.spanID().hexString,
                "parentSpanId": validContext.spanID.hexString, "traceState": "vendor=1", "flags": 0x301,
                "name": "name \"1\"", "kind": 5, "startTimeUnixNano": "1700000000000000001",
                "endTimeUnixNano": "1700000000000000009",
                "attributes": [
                    ["key": "a", "value": ["intValue": "1"]],
                    ["key": "b", "value": ["arrayValue": ["values": [["doubleValue": 1.5], ["stringValue": "x"]]]]],
                ],
                "droppedAttributesCount": 1,
                "events": [
                    [
                        "timeUnixNano": "5", "name": "event",
                        "attributes": [["key": "e", "value": ["intValue": "1"]]], "droppedAttributesCount": 1,
                    ]
                ],
                "droppedEventsCount": 1, "droppedLinksCount": 1, "status": ["code": 2, "message": "why"],
            ])
        #expect(
            links == [
                [
                    "traceId": validContext.traceID.hexString, "spanId": validContext.spanID.hexString,
                    "traceState": "vendor=1", "flags": 0x301, "attributes": [["key": "l", "value": ["intValue": "1"]]],
                    "droppedAttributesCount": 1,
                ],
                [
                    "traceId": "00000000000000010000000000000002", "spanId": "0000000000000003", "flags": 0x103,
                ],
                [
                    "traceId": String(repeating: "0", count: 32), "spanId": String(repeating: "0", count: 16),
                    "flags": 0x100, "attributes": [["key": "only", "value": ["stringValue": "attributes"]]],
                ],
            ] as NSArray)
    }

    @Test func rootHasNoParentId() throws {
        let written = try lines { exporter in
            let provider = TracerProvider(processors: [SimpleSpanProcessor(exporter: exporter)])
            let span = TracingBackend.core(provider).startSpan("root")
            span.setStatus(.ok)
            span.end()
        }
        let group = objects(objects(written[0], "resourceSpans")[0], "scopeSpans")[0]
        let span = objects(group, "spans")[0]
        #expect(span["parentSpanId"] == nil && span["links"] == nil && span["traceState"] == nil)
        #expect(span["flags"] as? Int == 0x103)
        #expect(span["status"] as? NSDictionary == ["code": 1])
        #expect(span["kind"] as? Int == 1)
        #expect(group["schemaUrl"] == nil)
    }

    @Test func spansAreGroupedByResourceAndScope() throws {
        func scope(_ name: String) -> InstrumentationScope { InstrumentationScope(name: name) }
        func span(_ name: String, _ scope: InstrumentationScope, _ resource: Resource) -> SpanData {
            SpanData(
                name: name, kind: .internal, context: validContext,
                startTime: Timestamp(nanosecondsSinceEpoch: 1), endTime: Timestamp(nanosecondsSinceEpoch: 2),
                scope: scope, resource: resource)
        }
        let (one, other) = (Resource(attributes: ["r": 1, "s": 1]), Resource(attributes: ["r": 2]))
        let written = try lines { exporter in
            // Equal scopes and resources are the same group, whichever object or order they stand in.
            let spans = [
                span("1", scope("a"), one), span("2", scope("b"), one), span("3", scope("a"), other),
                span("4", scope("a"), Resource(attributes: ["s": 1, "r": 1])), span("5", scope("a"), one),
                span("6", scope("a"), other),
            ]
            #expect(exporter.export(spans, deadline: .now))
            #expect(exporter.export([], deadline: .now))
            #expect(exporter.export([span("7", scope("a"), other)], deadline: .now))
        }
        #expect(written.count == 2)
        let names = objects(written[0], "resourceSpans").map { resource in
            objects(resource, "scopeSpans").map { objects($0, "spans").map { $0["name"] as? String } }
        }
        #expect(names == [[["1", "4", "5"], ["2"]], [["3", "6"]]])
    }

    @Test func afterShutdownSpansAreLost() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let exporter = JSONLinesSpanExporter(path: file.path, log: NoLogSink())
        exporter.shutdown(deadline: .now)
        let processor = SimpleSpanProcessor(exporter: exporter)
        TracingBackend.core(TracerProvider(processors: [processor])).startSpan("late").end()
        #expect(processor.lostSpans == [.exportFailed: 1])
    }
}
