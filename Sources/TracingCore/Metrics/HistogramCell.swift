import SpanlinkRuntime

public import struct Synchronization.Atomic

/// A series of a histogram.
///
/// `record` is two atomic additions, and two more when a value is the least or the greatest of its interval. A
/// collection takes what has gathered out of the atomics and adds it to what each reader is to be told. A record that
/// runs at that moment may have its sum told in one interval and its count in the next; nothing is lost or told twice.
///
/// `@unchecked`: `buckets` points to memory that the cell owns from `init` to `deinit` and holds atomics alone.
@usableFromInline
final class HistogramCell: MetricCell, @unchecked Sendable {
    @usableFromInline let first = FirstMeasurement()
    @usableFromInline let bounds: [Double]
    @usableFromInline let buckets: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let sum = Atomic<Double>(0)
    @usableFromInline let least = Atomic<Double>(.infinity)
    @usableFromInline let greatest = Atomic<Double>(-.infinity)
    @usableFromInline let sinks: [any MeasurementSink]

    /// What a reader is to be told at its next collection.
    private struct Pending {
        var counts: [UInt64]
        var sum = 0.0
        var least = Double.infinity
        var greatest = -Double.infinity

        init(buckets: Int) { counts = Array(repeating: 0, count: buckets) }
    }
    private let pending: Mutex<[Pending]>

    init(bounds: [Double], readers: Int, sinks: [any MeasurementSink]) {
        self.bounds = bounds
        self.sinks = sinks
        let count = bounds.count + 1
        buckets = .allocate(capacity: count)
        for index in 0..<count { (buckets + index).initialize(to: Atomic(0)) }
        pending = Mutex(Array(repeating: Pending(buckets: count), count: readers))
    }

    deinit {
        buckets.deinitialize(count: bounds.count + 1)
        buckets.deallocate()
    }

    /// Records a value from 0 on, the only ones whose sum grows; others (negative, infinite, not a number) are
    /// ignored, as the specification allows.
    @inlinable
    func record(_ value: Double) {
        guard value >= 0 && value < .infinity else { return }
        first.mark()
        Self.lower(least, to: value)
        Self.raise(greatest, to: value)
        var old = sum.load(ordering: .relaxed)
        while true {
            let (exchanged, original) = sum.weakCompareExchange(
                expected: old, desired: old + value, ordering: .relaxed)
            if exchanged { break }
            old = original
        }
        buckets[bucket(of: value)].wrappingAdd(1, ordering: .releasing)
        if !sinks.isEmpty { sinks.record(value) }
    }

    /// The first bucket whose upper bound is not below the value.
    @inlinable
    func bucket(of value: Double) -> Int {
        bounds.withUnsafeBufferPointer { bounds in
            var low = 0
            var count = bounds.count
            while count > 0 {
                let half = count >> 1
                if bounds[low + half] < value {
                    low += half + 1
                    count -= half + 1
                } else {
                    count = half
                }
            }
            return low
        }
    }

    @inlinable
    static func lower(_ place: borrowing Atomic<Double>, to value: Double) {
        var old = place.load(ordering: .relaxed)
        while value < old {
            let (exchanged, original) = place.weakCompareExchange(expected: old, desired: value, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    @inlinable
    static func raise(_ place: borrowing Atomic<Double>, to value: Double) {
        var old = place.load(ordering: .relaxed)
        while value > old {
            let (exchanged, original) = place.weakCompareExchange(expected: old, desired: value, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        pending.withLock { pending in
            drain(into: &pending)
            let state = pending[slot]
            let count = state.counts.reduce(0, &+)
            guard count > 0 else { return nil }
            if temporality == .delta { pending[slot] = Pending(buckets: state.counts.count) }
            return .histogram(
                HistogramValue(
                    bounds: bounds, bucketCounts: bounds.isEmpty ? [] : state.counts, count: count, sum: state.sum,
                    min: state.least <= state.greatest ? state.least : nil,
                    max: state.least <= state.greatest ? state.greatest : nil))
        }
    }

    /// Takes the counts first: of what is counted, sum, least and greatest are there by then.
    private func drain(into pending: inout [Pending]) {
        for index in 0...bounds.count {
            let count = buckets[index].exchange(0, ordering: .acquiring)
            if count > 0 { for slot in pending.indices { pending[slot].counts[index] &+= count } }
        }
        let sum = sum.exchange(0, ordering: .relaxed)
        let least = least.exchange(.infinity, ordering: .relaxed)
        let greatest = greatest.exchange(-.infinity, ordering: .relaxed)
        for slot in pending.indices {
            pending[slot].sum += sum
            pending[slot].least = min(pending[slot].least, least)
            pending[slot].greatest = max(pending[slot].greatest, greatest)
        }
    }
}
