/// A point in time on the monotonic clock, in nanoseconds. Fits an atomic, which `ContinuousClock.Instant` does not.
package struct MonotonicTime: Comparable, Sendable {
    @usableFromInline package var nanoseconds: UInt64

    @inlinable package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Later than any other time.
    package static let never = MonotonicTime(nanoseconds: .max)

    @inlinable package static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    @inlinable package static func < (one: MonotonicTime, other: MonotonicTime) -> Bool {
        one.nanoseconds < other.nanoseconds
    }

    /// The time `duration` later, at most `never`. A negative duration counts as zero.
    @inlinable package func advanced(by duration: Duration) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return overflow ? .never : MonotonicTime(nanoseconds: sum)
    }

    /// The milliseconds until this time, rounded up, as `poll` takes them: 0 once it has passed, -1 for `never`.
    package var pollTimeout: Int32 {
        guard self != .never else { return -1 }
        let now = MonotonicTime.now
        guard self > now else { return 0 }
        return Int32(clamping: (nanoseconds - now.nanoseconds) / 1_000_000 + 1)
    }
}
