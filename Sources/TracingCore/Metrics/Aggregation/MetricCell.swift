import SpanlinkRuntime

/// Takes the measurements of one series, or of one instrument that has several.
///
/// Recording is safe on any thread. Each cell takes values of one type, integers or floating point; a histogram takes both.
@usableFromInline
protocol MeasurementCell: AnyObject, Sendable {
    /// Records a value.
    ///
    /// - Parameters:
    ///   - origin: the span of the measurement, for exemplars.
    ///   - dropped: the attributes that a view removed.
    func record(_ value: Int64, _ origin: MeasurementOrigin, _ dropped: Attributes?)
    /// The same with a floating-point value.
    func record(_ value: Double, _ origin: MeasurementOrigin, _ dropped: Attributes?)
    /// Ends a gauge's series until the next record.
    func clear()
}

/// Storage of one series: lock-free accumulators and each reader's last collected values.
protocol MetricCell: MeasurementCell {
    /// Where the series belongs in its stream.
    var place: SeriesPlace { get }

    /// Samples of the measurements; `nil` if none are kept.
    var exemplars: ExemplarReservoir? { get }

    /// When the first measurement came; 0 before it.
    var firstMeasurement: UInt64 { get }

    /// Whether all readers were told all of it. Only ``SeriesTable`` asks, with its lock held.
    var isIdle: Bool { get }

    /// The value for the `slot`-th reader of the stream; `nil` if there is nothing to tell.
    ///
    /// Delta: the measurements since this was last called for that reader. Calls for the same cell do not overlap.
    func collect(slot: Int, temporality: MetricTemporality) -> MetricPoint.Value?

    /// Moves the measurements that no reader was told yet to `other`, which has the same type.
    func move(to other: any MetricCell)
}

/// The place of a series in its stream, and whether the series is there.
///
/// A series without new measurements leaves its stream if all readers take deltas. Instruments that are bound to the
/// series still hold its cell. A record that finds the cell detached has already been counted in it, and then asks for its
/// place back.
///
/// The record writes its value before it reads ``isDetached``; the collection sets that before it looks for new values.
/// With sequentially consistent operations, at least one of them sees the other, so that no measurement is lost.
final class SeriesPlace: Sendable {
    let attributes: Attributes
    /// Series are told in this order.
    let order: UInt64
    /// `nil` for the overflow series, which stays. The owner breaks the cycle at its end.
    private let owner: (any SeriesOwner)?
    let isDetached: Atomic<Bool>

    init(_ attributes: Attributes, order: UInt64, owner: (any SeriesOwner)?, isDetached: Bool = false) {
        self.attributes = attributes
        self.order = order
        self.owner = owner
        self.isDetached = Atomic(isDetached)
    }

    @inline(never)
    func reattach(_ cell: any MetricCell) { owner?.reattach(cell) }
}

/// The stream of a series, as its cell sees it.
protocol SeriesOwner: AnyObject, Sendable {
    /// Takes a detached series back, or moves its measurements to the overflow series if there is no room.
    func reattach(_ cell: any MetricCell)
}

extension MetricCell {
    func clear() {}

    /// To be called after each record.
    @inline(__always)
    func checkPlace() {
        if place.isDetached.load(ordering: .sequentiallyConsistent) { place.reattach(self) }
    }
}

/// The start of a series, set once by its first measurement.
///
/// (Metrics SDK, "Start timestamps": a cumulative series starts with its first measurement.)
struct FirstMeasurement: ~Copyable, Sendable {
    let nanoseconds = Atomic<UInt64>(0)

    /// To be called before the measurement is recorded: a reader that sees the measurement sees the time too.
    @inline(__always)
    func mark() {
        if nanoseconds.load(ordering: .relaxed) == 0 { set() }
    }

    // Out of line, as all that a record rarely does: it keeps the usual path small.
    @inline(never)
    private func set() {
        let now = max(Timestamp.now.nanosecondsSinceEpoch, 1)
        _ = nanoseconds.compareExchange(expected: 0, desired: now, ordering: .acquiringAndReleasing)
    }
}
