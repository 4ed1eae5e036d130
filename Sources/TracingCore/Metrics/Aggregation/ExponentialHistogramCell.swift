import SpanlinkRuntime

/// A series of a histogram with base-2 exponential buckets.
///
/// A record takes a short lock, since it may change the scale of all buckets.
final class ExponentialHistogramCell: MetricCell {
    let place: SeriesPlace
    let exemplars: ExemplarReservoir?
    private let empty: ExponentialBuckets
    private let recordsMinMax: Bool
    private let first = FirstMeasurement()
    private let sinks: [any MeasurementSink]
    /// Values that each reader gets at its next collection.
    private let pending: Mutex<[ExponentialBuckets]>

    init(_ setup: CellSetup, maxSize: Int, maxScale: Int, recordsMinMax: Bool) {
        place = setup.place
        sinks = setup.sinks
        exemplars = setup.reservoir(.fixedSize(min(20, maxSize)))
        empty = ExponentialBuckets(maxSize: maxSize, maxScale: maxScale)
        self.recordsMinMax = recordsMinMax
        pending = Mutex(Array(repeating: empty, count: setup.readers))
    }

    func record(_ value: Int64, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        if add(Double(value)) { exemplars?.offer(.int(value), origin, dropped) }
    }

    func record(_ value: Double, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        if add(value) { exemplars?.offer(.double(value), origin, dropped) }
    }

    /// Adds a value from 0 on. Others are ignored, as in ``HistogramCell``.
    private func add(_ value: Double) -> Bool {
        guard value >= 0 && value < .infinity else { return false }
        first.mark()
        pending.withLock { pending in
            for slot in pending.indices { pending[slot].record(value) }
        }
        if !sinks.isEmpty { sinks.record(value) }
        checkPlace()
        return true
    }

    var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        pending.withLock { pending in
            let state = pending[slot]
            guard state.count > 0 else { return nil }
            if temporality == .delta { pending[slot] = empty }
            return .exponentialHistogram(
                ExponentialHistogramValue(
                    scale: state.scale, zeroCount: state.zeroCount, offset: state.offset,
                    bucketCounts: state.counts, count: state.count, sum: state.sum,
                    min: recordsMinMax ? state.min : nil, max: recordsMinMax ? state.max : nil))
        }
    }

    var isIdle: Bool { pending.withLock { $0.allSatisfy { $0.count == 0 } } }

    func move(to other: any MetricCell) {
        guard let other = other as? ExponentialHistogramCell else { return }
        let moved = pending.withLock { pending in
            defer { for slot in pending.indices { pending[slot] = empty } }
            return pending
        }
        other.first.mark()
        other.pending.withLock { pending in
            for slot in pending.indices { pending[slot].merge(moved[slot]) }
        }
    }
}
