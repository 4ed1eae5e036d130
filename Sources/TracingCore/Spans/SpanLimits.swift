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
        let dropped = Swift.max(0, kept.count - Swift.max(0, count))
        if dropped > 0 || mayExceed(kept) {
            let source = kept
            kept = Attributes()
            kept.own = source.dropLast(dropped).map { Attribute($0.key, limited($0.value)) }
        }
        return (kept, dropped)
    }

    /// Whether any value is too long or too deep. What is shared was looked at once, as far as it can be.
    private func mayExceed(_ attributes: Attributes) -> Bool {
        if let shared = attributes.shared, !shared.isFlat || attributeValueLength != nil,
            shared.elements.contains(where: { exceeds($0.value, depth: 1) })
        {
            return true
        }
        return attributes.own.contains { exceeds($0.value, depth: 1) }
    }

    /// The link within the limits.
    package func limited(_ link: TraceSpan.Link) -> TraceSpan.Link {
        var link = link
        let limited = apply(to: link.attributes, count: attributesPerLink)
        link.attributes = limited.kept
        link.droppedAttributesCount += limited.dropped
        return link
    }

    /// Whether the link is within the limits.
    func allow(_ link: TraceSpan.Link) -> Bool {
        link.attributes.count <= attributesPerLink && !mayExceed(link.attributes)
    }

    /// Whether flat attributes, at most ``AttributeFacts/capacity`` beside a few shared ones, are within all limits of spans
    /// and links: numbers and texts of any length.
    var allowPlainFacts: Bool {
        attributeValueLength == nil && attributeValueDepth >= 1 && min(attributeCount, attributesPerLink) >= 64
    }

    /// `value` as it may be kept.
    func limited(_ value: AttributeValue) -> AttributeValue {
        exceeds(value, depth: 1) ? cut(value, depth: 1) : value
    }

    private func exceeds(_ value: AttributeValue, depth: Int) -> Bool {
        switch value {
        case .bool, .int, .double: false
        case .string(let text): attributeValueLength == nil ? false : exceeds(text)
        case .bytes(let bytes): attributeValueLength.map { bytes.count > $0 } ?? false
        case .array(let values):
            depth > attributeValueDepth || values.contains { exceeds($0, depth: depth + 1) }
        case .map(let values):
            depth > attributeValueDepth || values.values.contains { exceeds($0, depth: depth + 1) }
        }
    }

    /// A character takes at least one byte: most texts need no counting.
    private func exceeds(_ text: String) -> Bool {
        guard let limit = attributeValueLength, text.utf8.count > limit else { return false }
        return text.unicodeScalars.count > limit
    }

    private func cut(_ value: AttributeValue, depth: Int) -> AttributeValue {
        switch value {
        case .bool, .int, .double: return value
        case .string(let text):
            guard let limit = attributeValueLength, exceeds(text) else { return value }
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
