import SpanlinkRuntime

public import struct Synchronization.Atomic

/// A series of a counter or an up-down counter.
@usableFromInline
final class SumCell: MetricCell {
    @usableFromInline let place: SeriesPlace
    @usableFromInline let first = FirstMeasurement()
    @usableFromInline let value = Atomic<Int64>(0)
    @usableFromInline let sinks: [any MeasurementSink]
    /// The value as of each reader's last collection.
    private let told: Mutex<[Int64]>

    init(_ place: SeriesPlace, readers: Int, sinks: [any MeasurementSink]) {
        self.place = place
        self.sinks = sinks
        told = Mutex(Array(repeating: 0, count: readers))
    }

    @inlinable
    func add(_ amount: Int64) {
        first.mark()
        value.wrappingAdd(amount, ordering: .sequentiallyConsistent)
        if !sinks.isEmpty { sinks.add(amount) }
        checkPlace()
    }

    @usableFromInline var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    @usableFromInline
    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        let current = value.load(ordering: .relaxed)
        guard temporality == .delta else { return .int(current) }
        let difference = told.withLock { told in
            defer { told[slot] = current }
            return current &- told[slot]
        }
        return difference == 0 ? nil : .int(difference)
    }

    @usableFromInline var isIdle: Bool {
        let current = value.load(ordering: .sequentiallyConsistent)
        return told.withLock { $0.allSatisfy { $0 == current } }
    }

    @usableFromInline
    func move(to other: any MetricCell) {
        guard let other = other as? SumCell else { return }
        let amount = told.withLock { told in
            let current = value.load(ordering: .sequentiallyConsistent)
            // A detached series has told all readers the same.
            let amount = current &- (told.first ?? current)
            for slot in told.indices { told[slot] = current }
            return amount
        }
        other.first.mark()
        other.value.wrappingAdd(amount, ordering: .relaxed)
    }
}
