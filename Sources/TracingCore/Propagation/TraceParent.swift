/// The value of a `traceparent` header (W3C Trace Context level 2), on bytes.
public enum TraceParent {
    /// The length of a value of version 00, in bytes.
    public static let length = 55

    /// The remote context that a value states, without a tracestate; `nil` if the value is invalid.
    ///
    /// Spaces and tabs around the value do not count. Of a higher version the parts known to version 00 are read. Flags
    /// that level 2 does not know are dropped. Allocates nothing and never traps, whatever the bytes.
    @inlinable
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> SpanContext? {
        guard let (traceID, spanID, flags) = parts(bytes) else { return nil }
        return SpanContext(traceID: traceID, spanID: spanID, traceFlags: flags, isRemote: true)
    }

    /// The valid ids and known flags that a value states: trivial, where an optional ``SpanContext`` costs as much again.
    @usableFromInline
    static func parts(_ bytes: UnsafeRawBufferPointer) -> (TraceID, SpanID, TraceFlags)? {
        // With exactly 55 bytes a blank at either end makes the value too short, which the digits' check finds.
        let value = bytes.count > length ? bytes.trimmed : bytes
        guard value.count >= length else { return nil }

        var invalid = Hex.Words.zero
        let high = Hex.read16(value, at: 3, invalid: &invalid)
        let low = Hex.read16(value, at: 19, invalid: &invalid)
        let span = Hex.read16(value, at: 36, invalid: &invalid)
        let dashes = (value[2] ^ 0x2D) | (value[35] ^ 0x2D) | (value[52] ^ 0x2D)
        let version = (Hex.value(ofDigit: value[0]), Hex.value(ofDigit: value[1]))
        let flags = (Hex.value(ofDigit: value[53]), Hex.value(ofDigit: value[54]))
        guard Hex.isValid(invalid), dashes == 0, (version.0 | version.1 | flags.0 | flags.1) < 0x10 else { return nil }

        switch version.0 &<< 4 | version.1 {
        case 0xFF: return nil
        case 0x00: guard value.count == length else { return nil }
        default: guard value.count == length || value[length] == 0x2D else { return nil }
        }
        let (traceID, spanID) = (TraceID(high: high, low: low), SpanID(span))
        guard traceID.isValid, spanID.isValid else { return nil }
        return (traceID, spanID, TraceFlags(rawValue: flags.0 &<< 4 | flags.1).intersection(.known))
    }

    /// The remote context that a value states; `nil` if the value is invalid.
    public static func parse(_ value: String) -> SpanContext? {
        value.withBytes { parse($0) }
    }

    /// Writes the value of version 00 into the first ``length`` bytes of `buffer`, which must have room for them.
    ///
    /// Of the flags only `sampled` and `random` go out. An invalid context gives an invalid value.
    @inlinable
    public static func write(_ context: SpanContext, into buffer: UnsafeMutableRawBufferPointer) {
        write(context.traceID, context.spanID, context.traceFlags, into: buffer)
    }

    @usableFromInline
    static func write(
        _ traceID: TraceID, _ spanID: SpanID, _ flags: TraceFlags, into buffer: UnsafeMutableRawBufferPointer
    ) {
        precondition(buffer.count >= length, "a traceparent needs a buffer of 55 bytes")
        buffer[0] = 0x30
        buffer[1] = 0x30
        buffer[2] = 0x2D
        Hex.write(traceID.high, into: buffer, at: 3)
        Hex.write(traceID.low, into: buffer, at: 19)
        buffer[35] = 0x2D
        Hex.write(spanID.value, into: buffer, at: 36)
        buffer[52] = 0x2D
        buffer[53] = 0x30
        buffer[54] = 0x30 &+ flags.intersection(.known).rawValue
    }

    /// The value as a string of ``length`` characters.
    public static func string(_ context: SpanContext) -> String {
        String(unsafeUninitializedCapacity: length) { buffer in
            write(context, into: UnsafeMutableRawBufferPointer(buffer))
            return length
        }
    }
}
