/// The value of an attribute: OpenTelemetry's `AnyValue` (common specification, "Attribute").
///
/// Arrays and maps nest; what lies deeper than ``SpanLimits/attributeValueDepth`` is cut when a span records it.
public enum AttributeValue: Sendable, Hashable {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    case map([String: AttributeValue])
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension AttributeValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension AttributeValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) { self = .int(value) }
}

extension AttributeValue: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension AttributeValue: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: AttributeValue...) { self = .array(elements) }
}

extension AttributeValue {
    /// A list of strings, as attributes such as `process.command_args` have it.
    public static func strings(_ values: some Sequence<String>) -> AttributeValue { .array(values.map { .string($0) }) }

    /// The integer as a value of 64 bits.
    public static func int(_ value: Int) -> AttributeValue { .int(Int64(value)) }

    /// A rough size in bytes, by which queues bound their memory.
    var estimatedSize: Int {
        switch self {
        case .string(let value): value.utf8.count
        case .bool, .int, .double: 8
        case .bytes(let value): value.count
        case .array(let values): values.reduce(16) { $0 + $1.estimatedSize }
        case .map(let values): values.reduce(16) { $0 + $1.key.utf8.count + $1.value.estimatedSize }
        }
    }
}
