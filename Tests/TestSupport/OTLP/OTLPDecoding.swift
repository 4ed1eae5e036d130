import Testing
public import TracingCore

/// OTLP's messages read back into what they were made of. Field numbers are the definition's.
public enum OTLPDecoding {
    public static func spans(_ bytes: [UInt8]) throws -> [SpanData] {
        var spans: [SpanData] = []
        for group in try ProtobufMessage(bytes).messages(1) {
            let resource = try resource(group)
            for group in try group.messages(2) {
                let scope = try scope(group)
                spans += try group.messages(2).map { try span($0, scope, resource) }
            }
        }
        return spans
    }

    public static func metrics(_ bytes: [UInt8]) throws -> (Resource, [MetricData]) {
        let group = try ProtobufMessage(bytes).message(1)
        var metrics: [MetricData] = []
        for group in try group.messages(2) {
            let scope = try scope(group)
            metrics += try group.messages(2).map { try metric($0, scope) }
        }
        return (try resource(group), metrics)
    }

    private static func resource(_ group: ProtobufMessage) throws -> Resource {
        Resource(attributes: try attributes(group.message(1), 1), schemaURL: try optional(group.string(3)))
    }

    private static func scope(_ group: ProtobufMessage) throws -> InstrumentationScope {
        let scope = try group.message(1)
        return InstrumentationScope(
            name: try scope.string(1), version: try optional(scope.string(2)),
            schemaURL: try optional(group.string(3)), attributes: try attributes(scope, 3))
    }

    private static func optional(_ text: String) -> String? { text.isEmpty ? nil : text }

    private static func span(
        _ message: ProtobufMessage, _ scope: InstrumentationScope, _ resource: Resource
    ) throws -> SpanData {
        let flags = try message.fixed32(16)
        guard flags & 0x100 != 0 else { throw ProtobufMessage.Malformed(reason: "remote is not known") }
        let parentID = try word(message.bytes(4))
        let context = try context(message, flags: flags & 0xFF)
        let parent = parentID.map {
            SpanContext(traceID: context.traceID, spanID: SpanID($0), isRemote: flags & 0x200 != 0)
        }
        let status = try message.message(15)
        return SpanData(
            name: try message.string(5), kind: TraceSpan.Kind(rawValue: Int(try message.varint(6)))!, context: context,
            parent: parent, startTime: Timestamp(nanosecondsSinceEpoch: try message.fixed64(7) ?? 0),
            endTime: Timestamp(nanosecondsSinceEpoch: try message.fixed64(8) ?? 0),
            attributes: try attributes(message, 9),
            events: try message.messages(11).map { event in
                var result = TraceSpan.Event(
                    name: try event.string(2), attributes: try attributes(event, 3),
                    time: Timestamp(nanosecondsSinceEpoch: try event.fixed64(1) ?? 0))
                result.droppedAttributesCount = Int(try event.varint(4))
                return result
            },
            links: try message.messages(13).map { link in
                var result = TraceSpan.Link(
                    try Self.context(link, flags: link.fixed32(6)), attributes: try attributes(link, 4))
                result.droppedAttributesCount = Int(try link.varint(5))
                return result
            },
            status: try [.unset, .ok, .error(status.string(2))][Int(status.varint(3))],
            droppedAttributesCount: Int(try message.varint(10)), droppedEventsCount: Int(try message.varint(12)),
            droppedLinksCount: Int(try message.varint(14)), scope: scope, resource: resource)
    }

    private static func context(_ message: ProtobufMessage, flags: UInt32) throws -> SpanContext {
        let traceID = try message.bytes(1)
        guard let high = word(Array(traceID.prefix(8))), let low = word(Array(traceID.dropFirst(8))),
            let span = try word(message.bytes(2)), let state = TraceState(parsing: try message.string(3))
        else { throw ProtobufMessage.Malformed(reason: "no ids") }
        return SpanContext(
            traceID: TraceID(high: high, low: low), spanID: SpanID(span),
            traceFlags: TraceFlags(rawValue: UInt8(flags & 0xFF)), traceState: state, isRemote: flags & 0x200 != 0)
    }

    /// Eight bytes in big-endian order.
    private static func word(_ bytes: [UInt8]) -> UInt64? {
        bytes.count == 8 ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : nil
    }

    private static func attributes(_ message: ProtobufMessage, _ number: Int) throws -> Attributes {
        Attributes(
            try message.messages(number).map { Attribute(try $0.string(1), try value($0.message(2))) })
    }

    private static func value(_ message: ProtobufMessage) throws -> AttributeValue {
        guard message.fields.count == 1 else { throw ProtobufMessage.Malformed(reason: "a value is one field") }
        switch message.fields[0].number {
        case 1: return .string(try message.string(1))
        case 2: return .bool(try message.varint(2) == 1)
        case 3: return .int(Int64(bitPattern: try message.varint(3)))
        case 4: return .double(try message.double(4)!)
        case 5: return .array(try message.message(5).messages(1).map(value))
        case 6:
            let members = try message.message(6).messages(1)
            return .map(
                Dictionary(uniqueKeysWithValues: try members.map { (try $0.string(1), try value($0.message(2))) }))
        case 7: return .bytes(try message.bytes(7))
        case let other: throw ProtobufMessage.Malformed(reason: "a value of field \(other)")
        }
    }

    private static func metric(_ message: ProtobufMessage, _ scope: InstrumentationScope) throws -> MetricData {
        let number = try #require([5, 7, 9, 10].first { !message.all($0).isEmpty })
        let data = try message.message(number)
        let kind: MetricData.Kind =
            switch number {
            case 5: .gauge
            case 7: .sum(isMonotonic: try data.varint(3) == 1)
            case 9: .histogram
            default: .exponentialHistogram
            }
        return MetricData(
            name: try message.string(1), unit: try message.string(3), description: try message.string(2), scope: scope,
            kind: kind, temporality: MetricTemporality(rawValue: Int(try data.varint(2))) ?? .cumulative,
            points: try data.messages(1).map { try point($0, kind) })
    }

    private static func point(_ point: ProtobufMessage, _ kind: MetricData.Kind) throws -> MetricPoint {
        let value: MetricPoint.Value
        // The numbers of attributes and exemplars.
        var fields = (attributes: 7, exemplars: 5)
        if kind == .histogram {
            fields = (9, 8)
            value = .histogram(
                HistogramValue(
                    bounds: try point.words(7).map(Double.init(bitPattern:)), bucketCounts: try point.words(6),
                    count: try point.fixed64(4) ?? 0, sum: try #require(try point.double(5)),
                    min: try point.double(11), max: try point.double(12)))
        } else if kind == .exponentialHistogram {
            fields = (1, 11)
            let positive = try point.message(8)
            value = .exponentialHistogram(
                ExponentialHistogramValue(
                    scale: try point.sint(6), zeroCount: try point.fixed64(7) ?? 0, offset: try positive.sint(1),
                    bucketCounts: try positive.varints(2), count: try point.fixed64(4) ?? 0,
                    sum: try #require(try point.double(5)), min: try point.double(12), max: try point.double(13)))
        } else if let integer = try point.fixed64(6) {
            value = .int(Int64(bitPattern: integer))
        } else {
            value = .double(try #require(try point.double(4)))
        }
        return MetricPoint(
            attributes: try attributes(point, fields.attributes),
            start: Timestamp(nanosecondsSinceEpoch: try point.fixed64(2) ?? 0),
            time: Timestamp(nanosecondsSinceEpoch: try point.fixed64(3) ?? 0), value: value,
            exemplars: try point.messages(fields.exemplars).map(exemplar))
    }

    private static func exemplar(_ message: ProtobufMessage) throws -> Exemplar {
        let traceID = try message.bytes(5)
        let value: Exemplar.Value =
            if let integer = try message.fixed64(6) { .int(Int64(bitPattern: integer)) } else {
                .double(try #require(try message.double(3)))
            }
        return Exemplar(
            value: value, time: Timestamp(nanosecondsSinceEpoch: try message.fixed64(2) ?? 0),
            traceID: TraceID(high: word(Array(traceID.prefix(8))) ?? 0, low: word(Array(traceID.dropFirst(8))) ?? 0),
            spanID: SpanID(try word(message.bytes(4)) ?? 0), filteredAttributes: try attributes(message, 7))
    }
}
