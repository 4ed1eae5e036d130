#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A point in time on the monotonic clock, in nanoseconds: what time-outs of `poll` are counted with.
struct MonotonicTime: Comparable, Sendable {
    var nanoseconds: UInt64

    /// Later than any time that comes.
    static let never = MonotonicTime(nanoseconds: .max)

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    static func < (one: MonotonicTime, other: MonotonicTime) -> Bool { one.nanoseconds < other.nanoseconds }

    /// This time and `duration` more; never further than `never`.
    func advanced(by duration: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return self }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = nanoseconds.addingReportingOverflow(whole &+ UInt64(attoseconds) / 1_000_000_000)
        return overflow || carry ? .never : MonotonicTime(nanoseconds: sum)
    }

    /// Milliseconds until then, rounded up, as `poll` takes them; -1 for never.
    var pollTimeout: Int32 {
        guard self != .never else { return -1 }
        let now = MonotonicTime.now
        guard self > now else { return 0 }
        return Int32(clamping: (nanoseconds - now.nanoseconds) / 1_000_000 + 1)
    }
}
