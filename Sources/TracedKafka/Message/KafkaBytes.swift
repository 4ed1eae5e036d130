/// The bytes of a key, value or header: made from a `String` or `[UInt8]` without a copy, from other bytes by one.
public struct KafkaBytes: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    @usableFromInline
    enum Storage: Sendable {
        case array([UInt8])
        case string(String)
    }

    @usableFromInline
    var storage: Storage

    /// The bytes of an array, which is shared and not copied.
    @inlinable public init(_ bytes: [UInt8]) { storage = .array(bytes) }
    /// The UTF-8 of a string, which is shared and not copied.
    @inlinable public init(_ string: String) { storage = .string(string) }
    /// A copy of a sequence's bytes.
    public init(_ bytes: some Sequence<UInt8>) { storage = .array(Array(bytes)) }
    /// A copy of the bytes that a span looks at.
    public init(_ span: RawSpan) { storage = .array(span.withUnsafeBytes { Array($0) }) }

    @inlinable public init(stringLiteral value: String) { storage = .string(value) }

    /// The number of bytes.
    public var count: Int {
        switch storage {
        case .array(let bytes): bytes.count
        case .string(let string): string.utf8.count
        }
    }

    /// Lends the bytes without a copy, for as long as `body` runs.
    @inline(__always)
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch storage {
        case .array(let bytes):
            return try bytes.withUnsafeBytes(body)
        case .string(var string):
            return try string.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
        }
    }

    /// A copy of the bytes; none is made where they came as an array.
    public var bytes: [UInt8] {
        switch storage {
        case .array(let bytes): bytes
        case .string(let string): Array(string.utf8)
        }
    }

    /// The bytes as a string; bytes that are not UTF-8 are replaced by U+FFFD.
    public var description: String {
        switch storage {
        case .array(let bytes): String(decoding: bytes, as: UTF8.self)
        case .string(let string): string
        }
    }

    /// Two are equal when their bytes are, whatever they were made from.
    public static func == (one: KafkaBytes, other: KafkaBytes) -> Bool {
        one.withUnsafeBytes { left in other.withUnsafeBytes { left.elementsEqual($0) } }
    }

    public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}

/// What can stand where a key or value is asked for. Conform your own types to send them as they are.
public protocol KafkaBytesConvertible {
    /// The bytes that go on the wire.
    var kafkaBytes: KafkaBytes { get }
}

extension KafkaBytes: KafkaBytesConvertible {
    /// Itself.
    @inlinable public var kafkaBytes: KafkaBytes { self }
}

extension String: KafkaBytesConvertible {
    /// The UTF-8, shared.
    @inlinable public var kafkaBytes: KafkaBytes { KafkaBytes(self) }
}

extension Substring: KafkaBytesConvertible {
    /// A copy of the UTF-8.
    @inlinable public var kafkaBytes: KafkaBytes { KafkaBytes(String(self)) }
}

extension [UInt8]: KafkaBytesConvertible {
    /// The array, shared.
    @inlinable public var kafkaBytes: KafkaBytes { KafkaBytes(self) }
}

extension ArraySlice<UInt8>: KafkaBytesConvertible {
    /// A copy of the slice.
    @inlinable public var kafkaBytes: KafkaBytes { KafkaBytes([UInt8](self)) }
}

/// Lends the bytes of an optional; nil stays nil.
@inline(__always)
func withOptionalBytes<Result>(_ bytes: KafkaBytes?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
    guard let bytes else { return body(nil) }
    return bytes.withUnsafeBytes { body($0) }
}
