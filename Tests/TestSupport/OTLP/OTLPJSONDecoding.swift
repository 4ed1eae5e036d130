internal import Foundation
internal import Testing
public import TracingCore

/// OTLP JSON read back into the values it was made of. Names are the definition's.
public enum OTLPJSONDecoding {
    private typealias Object = [String: Any]

    public static func spans(_ bytes: [UInt8]) throws -> [SpanData] {
        try objects(root(bytes), "resourceSpans").flatMap { group in
            let resource = try resource(group)
            return try objects(group, "scopeSpans").flatMap { group in
                let scope = try scope(group)
                return try objects(group, "spans").map { try span($0, scope, resource) }
            }
        }
    }

    public static func metrics(_ bytes: [UInt8]) throws -> (Resource, [MetricData]) {
        let group = try #require(try objects(root(bytes), "resourceMetrics").first)
        let metrics = try objects(group, "scopeMetrics").flatMap { group in
            let scope = try scope(group)
            return try objects(group, "metrics").map { try metric($0, scope) }
        }
        return (try resource(group), metrics)
    }

    private static func root(_ bytes: [UInt8]) throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? Object)
    }

    private static func objects(_ object: Object, _ key: String) -> [Object] { object[key] as? [Object] ?? [] }

    private static func resource(_ group: Object) throws -> Resource {
        let object = try #require(group["resource"] as? Object)
        return Resource(attributes: try attributes(object), schemaURL: group["schemaUrl"] as? String)
    }

    private static func scope(_ group: Object) throws -> InstrumentationScope {
        let scope = try #require(group["scope"] as? Object)
        return InstrumentationScope(
            name: scope["name"] as? String ?? "", version: scope["version"] as? String,
            schemaURL: group["schemaUrl"] as? String, attributes: try attributes(scope))
    }

    private static func span(_ object: Object, _ scope: InstrumentationScope, _ resource: Resource) throws -> SpanData {
        let flags = try #require(object["flags"] as? Int)
        let context = try context(object, flags: flags & 0xFF)
        let parent = try (object["parentSpanId"] as? String).map { id in
            SpanContext(
                traceID: context.traceID, spanID: try #require(SpanID(id)), isRemote: flags & 0x200 != 0)
        }
        return SpanData(
            name: object["name"] as? String ?? "",
            kind: try #require(TraceSpan.Kind(rawValue: object["kind"] as? Int ?? 0)), context: context, parent: parent,
            startTime: try time(object, "startTimeUnixNano"), endTime: try time(object, "endTimeUnixNano"),
            attributes: try attributes(object),
            events: try objects(object, "events").map { event in
                var result = TraceSpan.Event(
                    name: event["name"] as? String ?? "", attributes: try attributes(event),
                    time: try time(event, "timeUnixNano"))
                result.droppedAttributesCount = event["droppedAttributesCount"] as? Int ?? 0
                return result
            },
            links: try objects(object, "links").map { link in
                let flags = try #require(link["flags"] as? Int)
                var result = TraceSpan.Link(try Self.context(link, flags: flags), attributes: try attributes(link))
                result.droppedAttributesCount = link["droppedAttributesCount"] as? Int ?? 0
                return result
            },
            status: try status(#require(object["status"] as? Object)),
            droppedAttributesCount: object["droppedAttributesCount"] as? Int ?? 0,
            droppedEventsCount: object["droppedEventsCount"] as? Int ?? 0,
            droppedLinksCount: object["droppedLinksCount"] as? Int ?? 0, scope: scope, resource: resource)
    }

    private static func status(_ object: Object) -> TraceSpan.Status {
        switch object["code"] as? Int {
        case 1: .ok
        case 2: .error(object["message"] as? String ?? "")
        default: .unset
        }
    }

    private static func context(_ object: Object, flags: Int) throws -> SpanContext {
        SpanContext(
            traceID: try #require(TraceID(object["traceId"] as? String ?? "")),
            spanID: try #require(SpanID(object["spanId"] as? String ?? "")),
            traceFlags: TraceFlags(rawValue: UInt8(flags & 0xFF)),
            traceState: try #require(TraceState(parsing: object["traceState"] as? String ?? "")),
            isRemote: flags & 0x200 != 0)
    }

    private static func time(_ object: Object, _ key: String) throws -> Timestamp {
        Timestamp(nanosecondsSinceEpoch: try #require(UInt64(object[key] as? String ?? "0")))
    }

    private static func attributes(_ object: Object, _ key: String = "attributes") throws -> Attributes {
        Attributes(try objects(object, key).map(attribute))
    }

    private static func attribute(_ object: Object) throws -> Attribute {
        Attribute(try #require(object["key"] as? String), try value(#require(object["value"] as? Object)))
    }

    private static func value(_ object: Object) throws -> AttributeValue {
        try #require(object.count == 1)
        let (name, value) = object.first!
        switch name {
        case "stringValue": return .string(try #require(value as? String))
        case "boolValue": return .bool(try #require(value as? Bool))
        case "intValue": return .int(try #require(Int64(value as? String ?? "")))
        case "doubleValue": return .double(try number(value))
        case "bytesValue": return .bytes(Array(try #require(Data(base64Encoded: value as? String ?? "-"))))
        case "arrayValue": return .array(try objects(#require(value as? Object), "values").map(Self.value))
        default:
            try #require(name == "kvlistValue")
            let members = try objects(#require(value as? Object), "values").map(attribute)
            return .map(Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) }))
        }
    }

    private static func number(_ value: Any?) throws -> Double {
        switch value as? String {
        case "NaN": .nan
        case "Infinity": .infinity
        case "-Infinity": -.infinity
        default: try #require(value as? NSNumber).doubleValue
        }
    }

    private static func metric(_ object: Object, _ scope: InstrumentationScope) throws -> MetricData {
        let name = try #require(["gauge", "sum", "histogram", "exponentialHistogram"].first { object[$0] != nil })
        let data = try #require(object[name] as? Object)
        let kind: MetricData.Kind =
            switch name {
            case "gauge": .gauge
            case "sum": .sum(isMonotonic: try #require(data["isMonotonic"] as? Bool))
            case "histogram": .histogram
            default: .exponentialHistogram
            }
        return MetricData(
            name: object["name"] as? String ?? "", unit: object["unit"] as? String ?? "",
            description: object["description"] as? String ?? "", scope: scope, kind: kind,
            temporality: MetricTemporality(rawValue: data["aggregationTemporality"] as? Int ?? 0) ?? .cumulative,
            points: try objects(data, "dataPoints").map { try point($0, kind) })
    }

    private static func point(_ point: Object, _ kind: MetricData.Kind) throws -> MetricPoint {
        let value: MetricPoint.Value
        if kind == .histogram {
            value = .histogram(
                HistogramValue(
                    bounds: try (point["explicitBounds"] as? [Any] ?? []).map(number),
                    bucketCounts: try (point["bucketCounts"] as? [String] ?? []).map { try #require(UInt64($0)) },
                    count: try #require(UInt64(point["count"] as? String ?? "")), sum: try number(point["sum"]),
                    min: try point["min"].map(number), max: try point["max"].map(number)))
        } else if kind == .exponentialHistogram {
            let positive = point["positive"] as? Object
            value = .exponentialHistogram(
                ExponentialHistogramValue(
                    scale: try #require(point["scale"] as? Int),
                    zeroCount: try #require(UInt64(point["zeroCount"] as? String ?? "")),
                    offset: positive?["offset"] as? Int ?? 0,
                    bucketCounts: try (positive?["bucketCounts"] as? [String] ?? []).map { try #require(UInt64($0)) },
                    count: try #require(UInt64(point["count"] as? String ?? "")), sum: try number(point["sum"]),
                    min: try point["min"].map(number), max: try point["max"].map(number)))
        } else if let integer = point["asInt"] as? String {
            value = .int(try #require(Int64(integer)))
        } else {
            value = .double(try number(point["asDouble"]))
        }
        return MetricPoint(
            attributes: try attributes(point), start: try time(point, "startTimeUnixNano"),
            time: try time(point, "timeUnixNano"), value: value,
            exemplars: try objects(point, "exemplars").map(exemplar))
    }

    private static func exemplar(_ object: Object) throws -> Exemplar {
        let value: Exemplar.Value =
            if let integer = object["asInt"] as? String { .int(try #require(Int64(integer))) } else {
                .double(try number(object["asDouble"]))
            }
        return Exemplar(
            value: value, time: try time(object, "timeUnixNano"),
            traceID: (object["traceId"] as? String).flatMap { TraceID($0) } ?? .invalid,
            spanID: (object["spanId"] as? String).flatMap { SpanID($0) } ?? .invalid,
            filteredAttributes: try attributes(object, "filteredAttributes"))
    }
}
