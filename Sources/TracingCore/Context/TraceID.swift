/// The 16-byte id of a trace (W3C Trace Context, "trace-id"), as two words in big-endian order.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes.
    public let high: UInt64
    /// The last eight bytes, of which samplers take the lower seven as randomness.
    public let low: UInt64

    /// An id of two words; both zero is the invalid id.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id of 32 lower-case hexadecimal digits; `nil` for anything else. All zeros parse, as the invalid id.
    public init?(_ hex: some StringProtocol) {
        guard let words = Hex.words(hex, count: 4) else { return nil }
        self.init(high: words.high, low: words.low)
    }

    /// The id of no trace: all zeros.
    @inlinable
    public static var invalid: TraceID { TraceID(high: 0, low: 0) }

    /// Whether any bit is set.
    @inlinable
    public var isValid: Bool { (high | low) != 0 }

    /// 32 lower-case hexadecimal digits.
    public var hexString: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            Hex.write(high, into: bytes, at: 0)
            Hex.write(low, into: bytes, at: 16)
            return 32
        }
    }

    public var description: String { hexString }
}
