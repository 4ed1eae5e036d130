import SpanlinkRuntime

public import struct Synchronization.Atomic

/// A series of a counter or an up-down counter.
@usableFromInline
final class SumCell: MetricCell {
    @usableFromInline let first = FirstMeasurement()
    @usableFromInline let value = Atomic<Int64>(0)
    @usableFromInline let sinks: [any MeasurementSink]
    /// The value as of each reader's last collection.
    private let told: Mutex<[Int64]>

    init(readers: Int, sinks: [any MeasurementSink]) {
        self.sinks = sinks
        told = Mutex(Array(repeating: 0, count: readers))
    }

    @inlinable
    func add(_ amount: Int64) {
        first.mark()
        value.wrappingAdd(amount, ordering: .relaxed)
        if !sinks.isEmpty { sinks.add(amount) }
    }

    var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        let current = value.load(ordering: .relaxed)
        guard temporality == .delta else { return .int(current) }
        let difference = told.withLock { told in
            defer { told[slot] = current }
            return current &- told[slot]
        }
        return difference == 0 ? nil : .int(difference)
    }
}
