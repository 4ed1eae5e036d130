/// A share of all traces as a threshold of 56 bits: what lies below it is rejected (OpenTelemetry, "Probability sampling").
struct RejectionThreshold: Sendable, Hashable {
    /// How many of the 2⁵⁶ values are rejected, 0…2⁵⁶.
    let value: UInt64

    static let range: UInt64 = 1 << 56

    init(value: UInt64) { self.value = min(value, Self.range) }

    /// The threshold for `probability`, with four significant hexadecimal digits as the specification suggests.
    init(probability: Double) {
        guard probability > 0 else {
            self.value = Self.range
            return
        }
        guard probability < 1 else {
            self.value = 0
            return
        }
        let exact = ((1 - probability) * Double(Self.range)).rounded()
        // Leading f digits say nothing of small probabilities: precision counts from the first digit that is not f.
        var leading = 0
        while leading < 10, UInt64(exact) >> UInt64(52 - 4 * leading) & 0xF == 0xF { leading += 1 }
        let digits = min(14, 4 + leading)
        let unit = UInt64(1) << UInt64(4 * (14 - digits))
        self.value = min((UInt64(exact) + unit / 2) / unit * unit, Self.range - 1)
    }

    /// Whether a trace with this randomness is kept.
    func keeps(_ randomness: UInt64) -> Bool { randomness >= value }
}

extension TraceID {
    /// The 56 bits that are random when the trace flags say so (W3C Trace Context level 2).
    var randomness: UInt64 { low & (RejectionThreshold.range - 1) }
}
