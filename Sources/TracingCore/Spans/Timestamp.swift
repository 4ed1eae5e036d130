import SpanlinkRuntime

/// A point of wall-clock time: nanoseconds since 1970-01-01T00:00:00Z, as OTLP has them.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Nanoseconds since the epoch; good until the year 2554.
    public var nanosecondsSinceEpoch: UInt64

    /// The time that many nanoseconds after the epoch.
    @inlinable
    public init(nanosecondsSinceEpoch: UInt64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }

    /// The wall clock's time (`clock_gettime(CLOCK_REALTIME)`, about 30 ns). It may jump when the clock is set.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanosecondsSinceEpoch: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    @inlinable
    public static func < (one: Timestamp, other: Timestamp) -> Bool {
        one.nanosecondsSinceEpoch < other.nanosecondsSinceEpoch
    }

    /// How much later `other` is: negative when it is earlier.
    @inlinable
    public func duration(to other: Timestamp) -> Duration {
        let difference = Int64(truncatingIfNeeded: other.nanosecondsSinceEpoch &- nanosecondsSinceEpoch)
        return .nanoseconds(difference)
    }

    /// The time that much later; it stops at the ends of what can be said.
    @inlinable
    public func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        if overflow || carry { return Timestamp(nanosecondsSinceEpoch: seconds < 0 ? 0 : .max) }
        let (result, outside) =
            sum < 0
            ? nanosecondsSinceEpoch.subtractingReportingOverflow(sum.magnitude)
            : nanosecondsSinceEpoch.addingReportingOverflow(sum.magnitude)
        return Timestamp(nanosecondsSinceEpoch: outside ? (sum < 0 ? 0 : .max) : result)
    }
}

extension Timestamp {
    /// The time in UTC as ISO 8601 (RFC 3339) has it, such as `2026-11-21T13:00:00.000Z`.
    ///
    /// `fractionDigits` (0 to 9) digits of the second's fraction are written, the rest is cut off.
    public func iso8601(fractionDigits: Int = 9) -> String {
        var seconds = time_t(nanosecondsSinceEpoch / 1_000_000_000)
        var date = tm()
        gmtime_r(&seconds, &date)

        var text: [UInt8] = []
        text.reserveCapacity(30)
        func append(_ value: UInt64, digits: Int) {
            var divisor: UInt64 = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
        }
        append(UInt64(date.tm_year + 1900), digits: 4)
        text.append(UInt8(ascii: "-"))
        append(UInt64(date.tm_mon + 1), digits: 2)
        text.append(UInt8(ascii: "-"))
        append(UInt64(date.tm_mday), digits: 2)
        text.append(UInt8(ascii: "T"))
        append(UInt64(date.tm_hour), digits: 2)
        text.append(UInt8(ascii: ":"))
        append(UInt64(date.tm_min), digits: 2)
        text.append(UInt8(ascii: ":"))
        append(UInt64(date.tm_sec), digits: 2)
        let digits = min(max(fractionDigits, 0), 9)
        if digits > 0 {
            var fraction = nanosecondsSinceEpoch % 1_000_000_000
            for _ in digits..<9 { fraction /= 10 }
            text.append(UInt8(ascii: "."))
            append(fraction, digits: digits)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}

extension Timestamp: CustomStringConvertible {
    public var description: String { iso8601() }
}
