/// The flags of a span context (W3C Trace Context level 2, "trace-flags").
public struct TraceFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The span was sampled: its recorder decided to export it.
    @inlinable
    public static var sampled: TraceFlags { TraceFlags(rawValue: 0x01) }

    /// At least the lower seven bytes of the trace id are random. Who continues a trace keeps the flag as received.
    @inlinable
    public static var random: TraceFlags { TraceFlags(rawValue: 0x02) }

    /// The flags that level 2 knows; all others are ignored on reading and zero on writing.
    static var known: TraceFlags { TraceFlags(rawValue: 0x03) }
}

extension TraceFlags: CustomStringConvertible {
    /// Two lower-case hexadecimal digits, as in `traceparent`.
    public var description: String {
        String(decoding: [Hex.digit(of: rawValue >> 4), Hex.digit(of: rawValue & 15)], as: UTF8.self)
    }
}
