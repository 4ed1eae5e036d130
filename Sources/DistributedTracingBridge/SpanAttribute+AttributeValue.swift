#if DistributedTracing
internal import Tracing
internal import TracingCore

extension AttributeValue {
    /// The same value; what only converts to text becomes text.
    init(_ attribute: SpanAttribute) {
        switch attribute {
        case .int32(let value): self = .int(Int64(value))
        case .int64(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .bool(let value): self = .bool(value)
        case .string(let value): self = .string(value)
        case .int32Array(let values): self = .array(values.map { .int(Int64($0)) })
        case .int64Array(let values): self = .array(values.map { .int($0) })
        case .doubleArray(let values): self = .array(values.map { .double($0) })
        case .boolArray(let values): self = .array(values.map { .bool($0) })
        case .stringArray(let values): self = .strings(values)
        case .stringConvertible(let value): self = .string(value.description)
        // Their subscripts hand over arrays of `Int` and `Float` like this.
        case .stringConvertibleArray(let values as [Int]): self = .array(values.map { .int($0) })
        case .stringConvertibleArray(let values as [Float]): self = .array(values.map { .double(Double($0)) })
        case .stringConvertibleArray(let values): self = .strings(values.map(\.description))
        default: self = .string(String(describing: attribute))
        }
    }
}

extension SpanAttribute {
    /// The same value. Bytes, maps and arrays of several types, which have no counterpart, become text as OpenTelemetry
    /// has it for what knows no such values: base64 and JSON.
    init(_ value: AttributeValue) {
        switch value {
        case .string(let value): self = .string(value)
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int64(value)
        case .double(let value): self = .double(value)
        case .array(let values): self = Self.array(values) ?? .string(value.text)
        case .bytes, .map: self = .string(value.text)
        }
    }

    private static func array(_ values: [AttributeValue]) -> SpanAttribute? {
        func all<Element>(_ element: (AttributeValue) -> Element?) -> [Element]? {
            let elements = values.compactMap(element)
            return elements.count == values.count ? elements : nil
        }
        if let strings = all({ if case .string(let value) = $0 { value } else { nil } }) {
            return .stringArray(strings)
        }
        if let integers = all({ if case .int(let value) = $0 { value } else { nil } }) { return .int64Array(integers) }
        if let numbers = all({ if case .double(let value) = $0 { value } else { nil } }) {
            return .doubleArray(numbers)
        }
        if let flags = all({ if case .bool(let value) = $0 { value } else { nil } }) { return .boolArray(flags) }
        return nil
    }
}

extension Attributes {
    /// The same attributes; they come without an order, so in that of their names.
    init(_ attributes: SpanAttributes) {
        var list: [Attribute] = []
        list.reserveCapacity(attributes.count)
        attributes.forEach { list.append(Attribute($0, AttributeValue($1))) }
        list.sort { $0.key < $1.key }
        self.init(list)
    }
}

extension SpanAttributes {
    init(_ attributes: Attributes) {
        self.init([:])
        merge(attributes)
    }

    mutating func merge(_ attributes: Attributes) {
        for attribute in attributes { set(attribute.key, value: SpanAttribute(attribute.value)) }
    }
}
#endif
