/// The 8-byte id of a span (W3C Trace Context, "parent-id"), as a word in big-endian order.
public struct SpanID: Sendable, Hashable, CustomStringConvertible {
    /// The eight bytes.
    public let value: UInt64

    /// An id of a word; zero is the invalid id.
    @inlinable
    public init(_ value: UInt64) { self.value = value }

    /// The id of 16 lower-case hexadecimal digits; `nil` for anything else. All zeros parse, as the invalid id.
    public init?(_ hex: some StringProtocol) {
        guard let words = Hex.words(hex, count: 2) else { return nil }
        self.init(words.low)
    }

    /// The id of no span: zero.
    @inlinable
    public static var invalid: SpanID { SpanID(0) }

    /// Whether any bit is set.
    @inlinable
    public var isValid: Bool { value != 0 }

    /// 16 lower-case hexadecimal digits.
    public var hexString: String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            Hex.write(value, into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            return 16
        }
    }

    public var description: String { hexString }
}
