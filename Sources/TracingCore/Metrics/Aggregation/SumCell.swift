import SpanlinkRuntime

/// A series of a counter or an up-down counter.
final class SumCell: MetricCell {
    let place: SeriesPlace
    let exemplars: ExemplarReservoir?
    private let isInteger: Bool
    private let first = FirstMeasurement()
    private let integer = Atomic<Int64>(0)
    private let double = Atomic<Double>(0)
    private let sinks: [any MeasurementSink]
    /// The sum as of each reader's last collection.
    private let told: Mutex<[Sum]>

    /// A sum of one of the two types.
    private enum Sum: Equatable {
        case int(Int64)
        case double(Double)

        static func - (one: Sum, other: Sum) -> Sum {
            switch (one, other) {
            case (.int(let one), .int(let other)): .int(one &- other)
            case (.double(let one), .double(let other)): .double(one - other)
            default: one
            }
        }

        var isZero: Bool { self == .int(0) || self == .double(0) }
        var value: MetricPoint.Value {
            switch self {
            case .int(let sum): .int(sum)
            case .double(let sum): .double(sum)
            }
        }
    }

    init(_ setup: CellSetup, isInteger: Bool) {
        place = setup.place
        exemplars = setup.fixedSizeReservoir
        sinks = setup.sinks
        self.isInteger = isInteger
        told = Mutex(Array(repeating: isInteger ? .int(0) : .double(0), count: setup.readers))
    }

    func record(_ value: Int64, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        guard isInteger else { return record(Double(value), origin, dropped) }
        first.mark()
        integer.wrappingAdd(value, ordering: .sequentiallyConsistent)
        if !sinks.isEmpty { sinks.add(value) }
        checkPlace()
        exemplars?.offer(.int(value), origin, dropped)
    }

    @inline(never)
    func record(_ value: Double, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        guard !isInteger, value.isFinite else { return }
        first.mark()
        double.add(value, ordering: .sequentiallyConsistent)
        if !sinks.isEmpty { sinks.add(value) }
        checkPlace()
        exemplars?.offer(.double(value), origin, dropped)
    }

    private var current: Sum {
        isInteger
            ? .int(integer.load(ordering: .sequentiallyConsistent))
            : .double(double.load(ordering: .sequentiallyConsistent))
    }

    var firstMeasurement: UInt64 { first.nanoseconds.load(ordering: .acquiring) }

    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value? {
        let current = current
        guard temporality == .delta else { return current.value }
        let difference = told.withLock { told in
            defer { told[slot] = current }
            return current - told[slot]
        }
        return difference.isZero ? nil : difference.value
    }

    var isIdle: Bool {
        let current = current
        return told.withLock { $0.allSatisfy { $0 == current } }
    }

    func move(to other: any MetricCell) {
        guard let other = other as? SumCell else { return }
        let moved = told.withLock { told in
            let current = current
            // A detached series has told all readers the same.
            let moved = current - (told.first ?? current)
            for slot in told.indices { told[slot] = current }
            return moved
        }
        other.first.mark()
        switch moved {
        case .int(let sum): other.integer.wrappingAdd(sum, ordering: .relaxed)
        case .double(let sum): other.double.add(sum, ordering: .relaxed)
        }
    }
}
