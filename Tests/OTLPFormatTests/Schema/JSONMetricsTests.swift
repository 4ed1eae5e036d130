import Foundation
import Testing
import TracingCore

@testable import OTLPFormat

@Suite struct JSONMetricsTests {
    private func read(_ body: (inout JSONSink) -> Void) throws -> NSObject {
        let json = EncodedBytes.make { JSONSink.write(into: $0, body) }
        return try #require(JSONSerialization.jsonObject(with: Data(json)) as? NSObject)
    }

    private func expected(_ text: String) throws -> NSObject {
        try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSObject)
    }

    @Test func attributesOfEveryType() throws {
        let attributes: Attributes = [
            "string": "a\"b", "empty": "", "bool": false, "int": 0, "double": 1.5, "nan": .double(.nan),
            "bytes": .bytes([0, 255]), "none": .bytes([]), "array": ["x", 1, []],
            "map": .map(["b": true, "a": .map([:])]),
        ]
        let value = try read { sink in
            sink.root { OTLPSchema.write(OTLPField(9, "attributes"), attributes, to: &$0) }
        }
        #expect(
            try value
                == expected(
                    """
                    {"attributes":[{"key":"string","value":{"stringValue":"a\\"b"}},
                     {"key":"empty","value":{"stringValue":""}},
                     {"key":"bool","value":{"boolValue":false}},
                     {"key":"int","value":{"intValue":"0"}},
                     {"key":"double","value":{"doubleValue":1.5}},
                     {"key":"nan","value":{"doubleValue":"NaN"}},
                     {"key":"bytes","value":{"bytesValue":"AP8="}},
                     {"key":"none","value":{"bytesValue":""}},
                     {"key":"array","value":{"arrayValue":{"values":[
                        {"stringValue":"x"},{"intValue":"1"},{"arrayValue":{"values":[]}}]}}},
                     {"key":"map","value":{"kvlistValue":{"values":[
                        {"key":"a","value":{"kvlistValue":{"values":[]}}},{"key":"b","value":{"boolValue":true}}]}}}]}
                    """))
    }

    @Test func metricsOfEveryKind() throws {
        let one = InstrumentationScope(
            name: "one", version: "1.2", schemaURL: "https://schema/1", attributes: ["s": 1])
        let two = InstrumentationScope(name: "two")
        let start = Timestamp(nanosecondsSinceEpoch: 1_795_266_000_000_000_001)
        let time = Timestamp(nanosecondsSinceEpoch: 1_795_266_060_000_000_002)
        func point(_ value: MetricPoint.Value, _ attributes: Attributes = [:]) -> MetricPoint {
            MetricPoint(attributes: attributes, start: start, time: time, value: value)
        }
        let buckets = HistogramValue(bounds: [0, 2.5], bucketCounts: [0, 3, 1], count: 4, sum: 9.25, min: 1, max: 4)
        let bare = HistogramValue(bounds: [], bucketCounts: [], count: 1, sum: 0, min: nil, max: nil)
        let metrics = [
            MetricData(
                name: "c", unit: "{message}", description: "Counts.", scope: one, kind: .sum(isMonotonic: true),
                temporality: .delta, points: [point(.int(0)), point(.int(.max), ["a": "b"])]),
            MetricData(
                name: "h", unit: "s", scope: two, kind: .histogram, temporality: .cumulative,
                points: [point(.histogram(buckets)), point(.histogram(bare))]),
            MetricData(
                name: "u", scope: one, kind: .sum(isMonotonic: false), temporality: .cumulative,
                points: [point(.int(-1))]),
            MetricData(name: "g", scope: two, kind: .gauge, temporality: .cumulative, points: [point(.double(-0.5))]),
        ]
        let resource = Resource(attributes: ["service.name": "svc"], schemaURL: "https://schema/r")
        let value = try read { OTLPSchema.write(metrics, resource: resource, to: &$0) }
        let times = """
            "startTimeUnixNano":"1795266000000000001","timeUnixNano":"1795266060000000002"
            """
        #expect(
            try value
                == expected(
                    """
                    {"resourceMetrics":[{
                      "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}}]},
                      "schemaUrl":"https://schema/r",
                      "scopeMetrics":[
                        {"scope":{"name":"one","version":"1.2","attributes":[{"key":"s","value":{"intValue":"1"}}]},
                         "schemaUrl":"https://schema/1",
                         "metrics":[
                           {"name":"c","unit":"{message}","description":"Counts.",
                            "sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[
                              {\(times),"asInt":"0"},
                              {"attributes":[{"key":"a","value":{"stringValue":"b"}}],
                               \(times),"asInt":"9223372036854775807"}]}},
                           {"name":"u","sum":{"aggregationTemporality":2,"isMonotonic":false,
                            "dataPoints":[{\(times),"asInt":"-1"}]}}]},
                        {"scope":{"name":"two"},
                         "metrics":[
                           {"name":"h","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[
                              {\(times),"count":"4","sum":9.25,"bucketCounts":["0","3","1"],
                               "explicitBounds":[0.0,2.5],"min":1.0,"max":4.0},
                              {\(times),"count":"1","sum":0.0}]}},
                           {"name":"g","gauge":{"dataPoints":[
                              {"timeUnixNano":"1795266060000000002","asDouble":-0.5}]}}]}]}]}
                    """))
    }
}
