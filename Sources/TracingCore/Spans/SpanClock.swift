import SpanlinkRuntime

/// A moment on the clock of spans: wall-clock time, and monotonic time for durations.
public struct SpanInstant: Sendable, Hashable {
    /// Wall-clock time.
    public let time: Timestamp
    /// Nanoseconds of the monotonic clock; 0 if only the wall-clock time is known.
    let monotonic: UInt64

    /// The present moment. Costs one reading of a clock.
    @inline(__always)
    public static var now: SpanInstant {
        let monotonic = SpanClock.monotonic()
        return SpanInstant(time: SpanClock.wallTime(at: monotonic), monotonic: monotonic)
    }

    @inline(__always)
    init(time: Timestamp, monotonic: UInt64) {
        self.time = time
        self.monotonic = monotonic
    }

    /// A moment of which only the wall-clock time is known. Durations from it are differences of wall-clock times.
    public init(_ time: Timestamp) { self.init(time: time, monotonic: 0) }

    /// The present moment as an end of what began at this one: never earlier than the start, and the difference is
    /// monotonic, even if the wall clock is set in between.
    @inline(__always)
    public var end: Timestamp {
        guard monotonic != 0 else { return max(time, .now) }
        let now = SpanClock.monotonic()
        let elapsed = now > monotonic ? now - monotonic : 0
        return Timestamp(nanosecondsSinceEpoch: time.nanosecondsSinceEpoch &+ elapsed)
    }
}

/// Converts monotonic time to wall-clock time, so that a span needs one reading of a clock at each of its ends.
enum SpanClock {
    /// Wall-clock time minus monotonic time at `anchored`, in nanoseconds.
    private static let offset = Atomic<UInt64>(0)
    /// The monotonic time of the last look at the wall clock.
    private static let anchored = Atomic<UInt64>(0)
    /// The wall clock is looked at again after 100 ms: it may be set or slewed.
    private static let validity: UInt64 = 100_000_000

    /// Nanoseconds of a clock that nobody sets. On Linux it goes on while the machine sleeps, as `ContinuousClock` does.
    @inline(__always)
    static func monotonic() -> UInt64 {
        var time = timespec()
        #if canImport(Darwin)
        clock_gettime(CLOCK_MONOTONIC, &time)
        #else
        clock_gettime(CLOCK_BOOTTIME, &time)
        #endif
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    @inline(__always)
    static func wallTime(at monotonic: UInt64) -> Timestamp {
        let last = anchored.load(ordering: .acquiring)
        guard monotonic &- last < validity else { return anchor() }
        return Timestamp(nanosecondsSinceEpoch: monotonic &+ offset.load(ordering: .relaxed))
    }

    /// Looks at both clocks. Threads that do so at once write nearly the same.
    @inline(never)
    private static func anchor() -> Timestamp {
        let now = monotonic()
        let wall = Timestamp.now
        offset.store(wall.nanosecondsSinceEpoch &- now, ordering: .relaxed)
        anchored.store(now, ordering: .releasing)
        return wall
    }
}
