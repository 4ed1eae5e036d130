/// How much one span may hold (OpenTelemetry trace SDK, "Span Limits"). What is over is counted on the span.
public struct SpanLimits: Sendable, Hashable {
    /// Most attributes of a span.
    public var attributeCount = 128
    /// Longest string in characters, or bytes of a byte value; no limit by default.
    public var attributeValueLength: Int?
    /// Deepest nesting of arrays and maps.
    public var attributeValueDepth = 64
    /// Most events of a span.
    public var eventCount = 128
    /// Most links of a span. Batch spans of the adapters ask for as many as they have messages.
    public var linkCount = 128
    /// Most attributes of an event.
    public var attributesPerEvent = 128
    /// Most attributes of a link.
    public var attributesPerLink = 128

    /// The specification's defaults.
    public init() {}

    /// `attributes` within `count` and the limits of values, and how many were dropped.
    func apply(to attributes: consuming Attributes, count: Int) -> (kept: Attributes, dropped: Int) {
        var kept = attributes
        let dropped = Swift.max(0, kept.count - count)
        if dropped > 0 { kept = Attributes(kept.prefix(Swift.max(0, count))) }
        if kept.contains(where: { exceeds($0.value) }) {
            kept = Attributes(kept.lazy.map { Attribute($0.key, limited($0.value)) })
        }
        return (kept, dropped)
    }

    /// `value` as it may be kept.
    func limited(_ value: AttributeValue) -> AttributeValue { exceeds(value) ? cut(value, depth: 1) : value }

    private func exceeds(_ value: AttributeValue) -> Bool {
        switch value {
        case .bool, .int, .double: false
        case .string(let text): attributeValueLength.map { text.unicodeScalars.count > $0 } ?? false
        case .bytes(let bytes): attributeValueLength.map { bytes.count > $0 } ?? false
        case .array, .map: true
        }
    }

    private func cut(_ value: AttributeValue, depth: Int) -> AttributeValue {
        switch value {
        case .bool, .int, .double: return value
        case .string(let text):
            guard let limit = attributeValueLength, text.unicodeScalars.count > limit else { return value }
            return .string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(Swift.max(0, limit)))))
        case .bytes(let bytes):
            return .bytes(attributeValueLength.map { Array(bytes.prefix(Swift.max(0, $0))) } ?? bytes)
        case .array(let values):
            return depth > attributeValueDepth ? .array([]) : .array(values.map { cut($0, depth: depth + 1) })
        case .map(let values):
            return depth > attributeValueDepth ? .map([:]) : .map(values.mapValues { cut($0, depth: depth + 1) })
        }
    }
}
