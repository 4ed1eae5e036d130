import SpanlinkRuntime

/// What identifies a metric and what its readers are told of it.
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

/// The series of one instrument: a cell for each set of attributes, up to a bound.
final class MetricStream<Cell: MetricCell>: CollectableMetric {
    private struct Series {
        var cells: [Attributes: Cell] = [:]
        var ordered: [(attributes: Attributes, cell: Cell)] = []
        var overflow: Cell?
    }

    let descriptor: MetricDescriptor
    private let cardinalityLimit: Int
    private let created = Timestamp.now
    private let log: any LogSink
    private let listeners: [any MeasurementListener]
    private let makeCell: @Sendable ([any MeasurementSink]) -> Cell
    private let series = Mutex(Series())

    init(
        _ descriptor: MetricDescriptor, listeners: [any MeasurementListener], cardinalityLimit: Int, log: any LogSink,
        makeCell: @escaping @Sendable ([any MeasurementSink]) -> Cell
    ) {
        self.descriptor = descriptor
        self.listeners = listeners
        self.cardinalityLimit = cardinalityLimit
        self.log = log
        self.makeCell = makeCell
    }

    /// The cell of a set of attributes: always the same, whatever their order.
    ///
    /// The limit counts the overflow point too, so the last place is kept for it (metrics SDK, "Cardinality limits").
    func cell(for attributes: Attributes) -> Cell {
        let (cell, overflowBegins) = series.withLock { series -> (Cell, Bool) in
            if let cell = series.cells[attributes] { return (cell, false) }
            if series.cells.count < cardinalityLimit - 1 {
                let cell = newCell(attributes)
                series.cells[attributes] = cell
                series.ordered.append((attributes, cell))
                return (cell, false)
            }
            if let cell = series.overflow { return (cell, false) }
            let attributes: Attributes = ["otel.metric.overflow": true]
            let cell = newCell(attributes)
            series.overflow = cell
            series.ordered.append((attributes, cell))
            return (cell, true)
        }
        if overflowBegins {
            log.warning(
                "a metric has too many sets of attributes: new ones are counted together under otel.metric.overflow",
                metadata: [("metric", descriptor.name), ("limit", String(cardinalityLimit))])
        }
        return cell
    }

    private func newCell(_ attributes: Attributes) -> Cell {
        makeCell(listeners.map { $0.sink(for: descriptor, attributes: attributes) })
    }

    func collect(
        slot: Int, temporality: MetricTemporality, previous: Timestamp?, now: Timestamp
    ) -> MetricData? {
        let series = series.withLock { $0.ordered }
        let intervalStart = max(previous ?? created, created)
        var points: [MetricPoint] = []
        for (attributes, cell) in series {
            let first = cell.firstMeasurement
            guard first != 0, let value = cell.collect(slot: slot, temporality: temporality) else { continue }
            let start = temporality == .delta ? intervalStart : Timestamp(nanosecondsSinceEpoch: first)
            // A first measurement may come after `now` was read, and the clock may be set back.
            points.append(MetricPoint(attributes: attributes, start: start, time: max(now, start), value: value))
        }
        guard !points.isEmpty else { return nil }
        return MetricData(
            name: descriptor.name, unit: descriptor.unit, description: descriptor.description,
            scope: descriptor.scope, kind: descriptor.kind, temporality: temporality, points: points)
    }
}
