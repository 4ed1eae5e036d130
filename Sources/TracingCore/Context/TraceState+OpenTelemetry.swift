/// OpenTelemetry's own entry, `ot=th:…;rv:…` (specification, "TraceState Handling" and "Probability Sampling").
///
/// For samplers; instrumentation must not write it.
extension TraceState {
    /// `th`: a trace is sampled if its randomness is at least this, of 56 bits; 0 samples all.
    ///
    /// `nil` if absent or invalid. Setting keeps the other sub-keys and puts the entry first; `nil`, or a value over 56
    /// bits, removes the sub-key.
    public var otRejectionThreshold: UInt64? {
        get {
            guard let digits = otSubValue("th"), (1...14).contains(digits.utf8.count) else { return nil }
            return Self.hexValue(digits).map { $0 &<< UInt64(4 * (14 - digits.utf8.count)) }
        }
        set {
            setOTSubValue(
                "th",
                Self.digits(newValue).map { digits in
                    let significant = digits.reversed().drop { $0 == "0" }.reversed()
                    return significant.isEmpty ? "0" : String(significant)
                })
        }
    }

    /// `rv`: explicit randomness of 56 bits, in place of the trace id's lower seven bytes.
    ///
    /// `nil` if absent or invalid. Setting keeps the other sub-keys and puts the entry first; `nil`, or a value over 56
    /// bits, removes the sub-key. Only a root span may choose it.
    public var otRandomness: UInt64? {
        get {
            guard let digits = otSubValue("rv"), digits.utf8.count == 14 else { return nil }
            return Self.hexValue(digits)
        }
        set { setOTSubValue("rv", Self.digits(newValue)) }
    }

    private var otParts: [Substring] { self["ot"]?.split(separator: ";") ?? [] }

    private func otSubValue(_ key: String) -> Substring? {
        otParts.first { $0.hasPrefix(key + ":") }?.dropFirst(key.count + 1)
    }

    private mutating func setOTSubValue(_ key: String, _ value: String?) {
        guard otSubValue(key).map(String.init) != value else { return }
        // An entry's value may have 256 characters: what others put there gives way, from the end. A part with a space
        // in it is invalid, and would be so for the whole entry if it came last.
        let kept = otParts.filter { !$0.hasPrefix(key + ":") && !$0.contains(" ") }
        let (own, others) = (kept.filter(Self.isOwn), kept.filter { !Self.isOwn($0) })
        var parts = (value.map { ["\(key):\($0)"] } ?? []) + own + others
        while parts.reduce(-1, { $0 + $1.utf8.count + 1 }) > 256 { parts.removeLast() }
        if parts.isEmpty { remove("ot") } else { set("ot", parts.joined(separator: ";")) }
    }

    private static func isOwn(_ part: Substring) -> Bool { part.hasPrefix("th:") || part.hasPrefix("rv:") }

    private static func hexValue(_ digits: Substring) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits.utf8 {
            let digit = Hex.value(ofDigit: byte)
            guard digit < 0x10 else { return nil }
            value = value &<< 4 | UInt64(digit)
        }
        return value
    }

    /// 14 digits of a value of 56 bits.
    private static func digits(_ value: UInt64?) -> String? {
        guard let value, value < 1 &<< 56 else { return nil }
        return String(SpanID(value).hexString.suffix(14))
    }
}
