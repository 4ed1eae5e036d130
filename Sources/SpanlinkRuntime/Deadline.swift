extension ContinuousClock.Instant {
    /// The time until this instant; zero once it has passed.
    package var timeLeft: Duration { max(.zero, ContinuousClock.now.duration(to: self)) }
}

extension Duration {
    /// The duration that stands for "no limit": some thirty years, far from any overflow of clocks.
    package static let unlimited = Duration.seconds(1_000_000_000)

    /// The duration as a time-out for which zero means no limit.
    package var zeroAsUnlimited: Duration { self > .zero ? min(self, .unlimited) : .unlimited }

    /// The duration in nanoseconds: at least zero and at most `UInt64.max`.
    @inlinable package var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        return overflow || carry ? .max : sum
    }

    /// The duration in milliseconds, rounded up, as C libraries take time-outs: at least zero and at most `Int32.max`.
    package var wholeMilliseconds: Int32 {
        let nanoseconds = wholeNanoseconds
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
        return Int32(clamping: milliseconds)
    }
}
