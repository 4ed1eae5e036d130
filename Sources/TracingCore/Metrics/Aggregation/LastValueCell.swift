import SpanlinkRuntime

/// A series of a gauge: the last value. It stays in its stream, and is not told after ``clear()``.
final class LastValueCell: MetricCell {
    let place: SeriesPlace
    let exemplars: ExemplarReservoir?
    private let isInteger: Bool
    private let first = FirstMeasurement()
    /// The value, of either type.
    private let bits = Atomic<UInt64>(0)
    private let sinks: [any MeasurementSink]

    init(_ setup: CellSetup, isInteger: Bool) {
        place = setup.place
        exemplars = setup.fixedSizeReservoir
        sinks = setup.sinks
        self.isInteger = isInteger
    }

    func record(_ value: Int64, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        guard isInteger else { return record(Double(value), origin, dropped) }
        set(UInt64(bitPattern: value))
        if !sinks.isEmpty { sinks.record(Double(value)) }
        exemplars?.offer(.int(value), origin, dropped)
    }

    func record(_ value: Double, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        guard !isInteger else { return }
        set(value.bitPattern)
        if !sinks.isEmpty { sinks.record(value) }
        exemplars?.offer(.double(value), origin, dropped)
    }

    private func set(_ value: UInt64) {
        // The value comes first, or a collection in between would tell the initial 0.
        bits.store(value, ordering: .releasing)
        first.mark()
    }

    func clear() {
        first.nanoseconds.store(0, ordering: .releasing)
        sinks.clear()
    }

    var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        let bits = bits.load(ordering: .acquiring)
        return isInteger ? .int(Int64(bitPattern: bits)) : .double(Double(bitPattern: bits))
    }

    var isIdle: Bool { false }

    func move(to other: any MetricCell) {}
}
