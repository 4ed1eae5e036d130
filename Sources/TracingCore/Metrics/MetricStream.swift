import SpanlinkRuntime

/// The identity of a metric and its description for readers.
struct MetricDescriptor: Sendable {
    var name: String
    var unit: String
    var description: String
    var scope: InstrumentationScope
    var kind: MetricData.Kind
}

/// One metric that can be collected, whatever its instrument.
protocol CollectableMetric: AnyObject, Sendable {
    var descriptor: MetricDescriptor { get }

    /// The points for one reader; `previous` is when that reader collected last.
    func collect(
        slot: Int, temporality: MetricTemporality, previous: Timestamp?, now: Timestamp
    ) -> MetricData?
}

/// The series of one instrument as its readers see them.
final class MetricStream<Cell: MetricCell>: CollectableMetric {
    let descriptor: MetricDescriptor
    private let created = Timestamp.now
    private let series: SeriesTable<Cell>

    /// - Parameter forgets: whether all readers take deltas, so that a silent series may leave.
    init(
        _ descriptor: MetricDescriptor, listeners: [any MeasurementListener], cardinalityLimit: Int, forgets: Bool,
        log: any LogSink, makeCell: @escaping @Sendable (SeriesPlace, [any MeasurementSink]) -> Cell
    ) {
        self.descriptor = descriptor
        series = SeriesTable(limit: cardinalityLimit, forgets: forgets) { place in
            makeCell(place, listeners.map { $0.sink(for: descriptor, attributes: place.attributes) })
        } overflowBegan: {
            log.warning(
                """
                A metric has too many sets of attributes. New ones are counted together under otel.metric.overflow: \
                use fewer or raise the limit
                """,
                metadata: [("metric", descriptor.name), ("limit", String(cardinalityLimit))])
        }
    }

    /// Cells and table hold each other until the table is closed.
    deinit { series.close() }

    /// The cell for one record.
    func cell(for attributes: Attributes) -> Cell { series.cell(for: attributes, isBound: false) }

    /// The cell for a bound instrument, which keeps it.
    func boundCell(for attributes: Attributes) -> Cell { series.cell(for: attributes, isBound: true) }

    func collect(
        slot: Int, temporality: MetricTemporality, previous: Timestamp?, now: Timestamp
    ) -> MetricData? {
        let intervalStart = max(previous ?? created, created)
        var points: [MetricPoint] = []
        var silent: [Attributes] = []
        for cell in series.cells() {
            let first = cell.firstMeasurement
            guard first != 0, let value = cell.collect(slot: slot, temporality: temporality) else {
                silent.append(cell.place.attributes)
                continue
            }
            let start = temporality == .delta ? intervalStart : Timestamp(nanosecondsSinceEpoch: first)
            // A first measurement may come after `now` was read, and the clock may be set back.
            points.append(
                MetricPoint(attributes: cell.place.attributes, start: start, time: max(now, start), value: value))
        }
        series.didCollect(silent: silent)
        guard !points.isEmpty else { return nil }
        return MetricData(
            name: descriptor.name, unit: descriptor.unit, description: descriptor.description,
            scope: descriptor.scope, kind: descriptor.kind, temporality: temporality, points: points)
    }
}
