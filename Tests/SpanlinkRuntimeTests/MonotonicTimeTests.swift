import SpanlinkRuntime
import Testing

@Suite struct MonotonicTimeTests {
    @Test func advancingEndsAtNever() {
        let time = MonotonicTime(nanoseconds: 10)
        #expect(time.advanced(by: .nanoseconds(5)) == MonotonicTime(nanoseconds: 15))
        #expect(time.advanced(by: .seconds(-5)) == time)
        #expect(time.advanced(by: .seconds(Int64.max)) == .never)
        #expect(MonotonicTime.never.advanced(by: .seconds(1)) == .never)
    }

    @Test func pollTimeoutRoundsUp() {
        #expect(MonotonicTime.never.pollTimeout == -1)
        #expect(MonotonicTime(nanoseconds: 0).pollTimeout == 0)
        let timeout = MonotonicTime.now.advanced(by: .seconds(100)).pollTimeout
        #expect(timeout > 90_000 && timeout <= 100_001)
    }

    @Test func nowNeverGoesBack() {
        let first = MonotonicTime.now
        #expect(MonotonicTime.now >= first)
    }
}
