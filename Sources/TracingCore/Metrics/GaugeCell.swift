public import struct Synchronization.Atomic

/// A series of a gauge: the last value. It stays in its stream until ``clear()``.
@usableFromInline
final class GaugeCell: MetricCell {
    @usableFromInline let place: SeriesPlace
    @usableFromInline let first = FirstMeasurement()
    @usableFromInline let value = Atomic<Double>(0)

    @usableFromInline let sinks: [any MeasurementSink]

    init(_ place: SeriesPlace, sinks: [any MeasurementSink]) {
        self.place = place
        self.sinks = sinks
    }

    @inlinable
    func record(_ newValue: Double) {
        // The value comes first, or a collection in between would tell the initial 0.
        value.store(newValue, ordering: .releasing)
        first.mark()
        if !sinks.isEmpty { sinks.record(newValue) }
    }

    /// The series is not reported until the next record.
    @usableFromInline
    func clear() {
        first.nanoseconds.store(0, ordering: .releasing)
        sinks.clear()
    }

    @usableFromInline var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    @usableFromInline
    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        .double(value.load(ordering: .acquiring))
    }

    @usableFromInline var isIdle: Bool { false }

    @usableFromInline
    func move(to other: any MetricCell) {}
}
