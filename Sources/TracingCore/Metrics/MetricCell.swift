public import struct Synchronization.Atomic

/// The memory of one series (an instrument and a set of attributes): what is recorded into without a lock, and what
/// each reader has already been told.
protocol MetricCell: AnyObject, Sendable {
    /// When the first measurement came; 0 before it.
    var firstMeasurement: UInt64 { get }

    /// What a reader (the `slot`-th of the provider) is to be told; `nil` when there is nothing to say.
    ///
    /// Delta: what came since this was last called for that reader. Calls for the same cell do not overlap.
    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value?
}

/// The start of a series, set once by its first measurement.
///
/// (Metrics SDK, "Start timestamps": a cumulative series starts with its first measurement.)
@usableFromInline
struct FirstMeasurement: ~Copyable, Sendable {
    @usableFromInline let nanoseconds = Atomic<UInt64>(0)

    @inlinable
    init() {}

    /// To be called before the measurement is recorded, so that whoever sees it sees the time too.
    @inlinable
    func mark() {
        if nanoseconds.load(ordering: .relaxed) == 0 { set() }
    }

    @usableFromInline
    func set() {
        let now = max(Timestamp.now.nanosecondsSinceEpoch, 1)
        _ = nanoseconds.compareExchange(expected: 0, desired: now, ordering: .acquiringAndReleasing)
    }
}
