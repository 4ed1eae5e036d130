import SpanlinkRuntime
import Testing

@Suite struct DeadlineTests {
    @Test func timeLeftIsZeroAfterTheDeadline() {
        #expect((ContinuousClock.now - .seconds(5)).timeLeft == .zero)
        let left = (ContinuousClock.now + .seconds(3600)).timeLeft
        #expect(left > .seconds(3000) && left <= .seconds(3600))
    }

    @Test func zeroTimeoutMeansNoLimit() {
        #expect(Duration.zero.zeroAsUnlimited == .unlimited)
        #expect(Duration.seconds(Int64.max).zeroAsUnlimited == .unlimited)
        #expect(Duration.seconds(-1).zeroAsUnlimited == .unlimited)
        #expect(Duration.milliseconds(1).zeroAsUnlimited == .milliseconds(1))
    }

    @Test func wholeUnitsAreClampedToTheirRange() {
        #expect(Duration.seconds(-1).wholeNanoseconds == 0)
        #expect(Duration.nanoseconds(1_500).wholeNanoseconds == 1_500)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.zero.wholeMilliseconds == 0)
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(20).wholeMilliseconds == 20)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
    }
}
