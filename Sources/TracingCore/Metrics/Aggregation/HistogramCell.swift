import SpanlinkRuntime

/// A series of a histogram.
///
/// `record` is two atomic additions, and two more if a value is the minimum or the maximum of its interval. A collection
/// takes the values out of the atomics and adds them to the pending values of each reader. A record that runs at that
/// moment may have its sum told in one interval and its count in the next; nothing is lost or told twice.
///
/// `@unchecked`: `buckets` points to memory that the cell owns from `init` to `deinit` and that holds atomics alone.
final class HistogramCell: MetricCell, @unchecked Sendable {
    let place: SeriesPlace
    let first = FirstMeasurement()
    let bounds: [Double]
    let buckets: UnsafeMutablePointer<Atomic<UInt64>>
    let sum = Atomic<Double>(0)
    let min = Atomic<Double>(.infinity)
    let max = Atomic<Double>(-.infinity)
    let exemplars: ExemplarReservoir?
    let recordsMinMax: Bool
    let sinks: [any MeasurementSink]

    /// Values that a reader gets at its next collection.
    private struct Pending {
        var counts: [UInt64]
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity

        init(buckets: Int) { counts = Array(repeating: 0, count: buckets) }

        var count: UInt64 { counts.reduce(0, &+) }

        mutating func add(_ other: Pending) {
            for index in counts.indices { counts[index] &+= other.counts[index] }
            sum += other.sum
            min = Swift.min(min, other.min)
            max = Swift.max(max, other.max)
        }
    }
    private let pending: Mutex<[Pending]>

    init(_ setup: CellSetup, bounds: [Double], recordsMinMax: Bool) {
        place = setup.place
        self.bounds = bounds
        self.recordsMinMax = recordsMinMax
        sinks = setup.sinks
        exemplars = setup.reservoir(.buckets(bounds.count + 1))
        let readers = setup.readers
        let count = bounds.count + 1
        buckets = .allocate(capacity: count)
        for index in 0..<count { (buckets + index).initialize(to: Atomic(0)) }
        pending = Mutex(Array(repeating: Pending(buckets: count), count: readers))
    }

    deinit {
        buckets.deinitialize(count: bounds.count + 1)
        buckets.deallocate()
    }

    func record(_ value: Int64, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        if let bucket = add(Double(value)) { exemplars?.offer(.int(value), bucket: bucket, origin, dropped) }
    }

    func record(_ value: Double, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        if let bucket = add(value) { exemplars?.offer(.double(value), bucket: bucket, origin, dropped) }
    }

    /// Adds a value from 0 on, the only ones whose sum grows. Others (negative, infinite, not a number) are ignored, as
    /// the specification allows.
    ///
    /// - Returns: The bucket of the value; `nil` if it is ignored.
    @inline(__always)
    private func add(_ value: Double) -> Int? {
        guard value >= 0 && value < .infinity else { return nil }
        first.mark()
        if recordsMinMax {
            Self.lower(min, to: value)
            Self.raise(max, to: value)
        }
        sum.add(value, ordering: .relaxed)
        let bucket = bucket(of: value)
        buckets[bucket].wrappingAdd(1, ordering: .sequentiallyConsistent)
        if !sinks.isEmpty { sinks.record(value) }
        checkPlace()
        return bucket
    }

    /// The first bucket whose upper bound is not below the value.
    private func bucket(of value: Double) -> Int {
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

    private static func lower(_ place: borrowing Atomic<Double>, to value: Double) {
        var old = place.load(ordering: .relaxed)
        while value < old {
            let (exchanged, original) = place.weakCompareExchange(expected: old, desired: value, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    private static func raise(_ place: borrowing Atomic<Double>, to value: Double) {
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
            let count = state.count
            guard count > 0 else { return nil }
            if temporality == .delta { pending[slot] = Pending(buckets: state.counts.count) }
            return .histogram(
                HistogramValue(
                    bounds: bounds, bucketCounts: bounds.isEmpty ? [] : state.counts, count: count, sum: state.sum,
                    min: state.min <= state.max ? state.min : nil, max: state.min <= state.max ? state.max : nil))
        }
    }

    var isIdle: Bool {
        pending.withLock { pending in
            drain(into: &pending)
            return pending.allSatisfy { $0.count == 0 }
        }
    }

    func move(to other: any MetricCell) {
        guard let other = other as? HistogramCell else { return }
        let moved = pending.withLock { pending in
            drain(into: &pending)
            defer { for slot in pending.indices { pending[slot] = Pending(buckets: bounds.count + 1) } }
            return pending
        }
        other.first.mark()
        other.pending.withLock { pending in
            for slot in pending.indices { pending[slot].add(moved[slot]) }
        }
    }

    /// Reads bucket counts first, because `record` updates sum, min and max before the bucket.
    private func drain(into pending: inout [Pending]) {
        var taken = Pending(buckets: bounds.count + 1)
        for index in 0...bounds.count {
            taken.counts[index] = buckets[index].exchange(0, ordering: .sequentiallyConsistent)
        }
        taken.sum = sum.exchange(0, ordering: .relaxed)
        taken.min = min.exchange(.infinity, ordering: .relaxed)
        taken.max = max.exchange(-.infinity, ordering: .relaxed)
        for slot in pending.indices { pending[slot].add(taken) }
    }
}

extension Atomic<Double> {
    /// Adds to the value. Each failed attempt means that another thread has succeeded.
    @inline(__always)
    func add(_ amount: Double, ordering: AtomicUpdateOrdering) {
        var old = load(ordering: .relaxed)
        while true {
            let (exchanged, original) =
                ordering == .relaxed
                ? weakCompareExchange(expected: old, desired: old + amount, ordering: .relaxed)
                : weakCompareExchange(expected: old, desired: old + amount, ordering: .sequentiallyConsistent)
            if exchanged { return }
            old = original
        }
    }
}
