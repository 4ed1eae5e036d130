/// A value in a field table, in the types that RabbitMQ and its clients share (AMQP 0-9-1, section 4.2.1, with RabbitMQ's
/// letters). What was read goes out again unchanged.
public enum AMQPValue: Sendable, Hashable {
    /// `t`.
    case bool(Bool)
    /// `b`.
    case int8(Int8)
    /// `B`.
    case uint8(UInt8)
    /// `s`.
    case int16(Int16)
    /// `u`.
    case uint16(UInt16)
    /// `I`.
    case int32(Int32)
    /// `i`.
    case uint32(UInt32)
    /// `l`.
    case int64(Int64)
    /// `L`. RabbitMQ passes it on unchanged (3.10 was tried); not every client can read it.
    case uint64(UInt64)
    /// `f`.
    case float(Float)
    /// `d`.
    case double(Double)
    /// `D`: `value` with that many digits after the point.
    case decimal(scale: UInt8, value: UInt32)
    /// `S`: a long string that is UTF-8.
    case string(String)
    /// `S`: a long string of bytes that are not UTF-8.
    case longString([UInt8])
    /// `x`.
    case bytes([UInt8])
    /// `A`.
    case array([AMQPValue])
    /// `T`: seconds since 1970.
    case timestamp(UInt64)
    /// `F`.
    case table(AMQPTable)
    /// `V`.
    case void

    /// The text of a string, or of bytes that are UTF-8.
    public var text: String? {
        switch self {
        case .string(let text): text
        case .longString(let bytes), .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The value of any integer that fits.
    public var integer: Int64? {
        switch self {
        case .int8(let value): Int64(value)
        case .uint8(let value): Int64(value)
        case .int16(let value): Int64(value)
        case .uint16(let value): Int64(value)
        case .int32(let value): Int64(value)
        case .uint32(let value): Int64(value)
        case .int64(let value): value
        case .uint64(let value): Int64(exactly: value)
        default: nil
        }
    }
}

extension AMQPValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int64(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: AMQPValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, AMQPValue)...) { self = .table(AMQPTable(elements)) }
}

// MARK: - Size on the wire

extension AMQPValue {
    /// How many bytes the value takes in a frame, its type's letter included.
    var encodedSize: Int {
        switch self {
        case .void: 1
        case .bool, .int8, .uint8: 2
        case .int16, .uint16: 3
        case .int32, .uint32, .float: 5
        case .decimal: 6
        case .int64, .uint64, .double, .timestamp: 9
        case .string(let text): 5 + text.utf8.count
        case .longString(let bytes), .bytes(let bytes): 5 + bytes.count
        case .array(let values): values.reduce(5) { $0 + $1.encodedSize }
        case .table(let table): 1 + table.encodedSize
        }
    }
}
