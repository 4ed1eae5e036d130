import SpanlinkRuntime

/// The identity of a metric and its description for readers.
struct MetricDescriptor: Sendable {
    var name: String
    var unit: String
    var description: String
    var scope: InstrumentationScope
    var type: MetricInstrumentType
    /// Whether the instrument takes integers.
    var isInteger: Bool
    /// The kind of the points.
    var kind: MetricData.Kind

    func data(_ temporality: MetricTemporality, _ points: [MetricPoint]) -> MetricData? {
        guard !points.isEmpty else { return nil }
        return MetricData(
            name: name, unit: unit, description: description, scope: scope, kind: kind, temporality: temporality,
            points: points)
    }
}

/// One collection of one reader.
struct MetricCollection {
    /// The reader's position in the provider.
    let slot: Int
    let preference: MetricTemporalityPreference
    /// The time of that reader's last collection.
    let previous: Timestamp?
    let now: Timestamp
    /// The values of asynchronous instruments, by instrument.
    let observations: [ObjectIdentifier: [MetricObservation]]
}

/// One metric that can be collected, of any instrument.
protocol CollectableMetric: AnyObject, Sendable {
    /// The points for one reader; `nil` if there are none.
    func collect(_ collection: MetricCollection) -> MetricData?
}

/// A stream into which synchronous instruments record.
protocol RecordingStream: CollectableMetric {
    func record(_ value: Int64, _ attributes: Attributes, _ origin: MeasurementOrigin)
    func record(_ value: Double, _ attributes: Attributes, _ origin: MeasurementOrigin)
    func bind(_ attributes: Attributes) -> any MeasurementCell
}

/// The streams of one instrument: none if it is dropped, several if several views select it.
struct InstrumentStreams: Sendable {
    let streams: [any RecordingStream]

    func record(_ value: Int64, _ attributes: Attributes, _ origin: MeasurementOrigin) {
        for stream in streams { stream.record(value, attributes, origin) }
    }

    func record(_ value: Double, _ attributes: Attributes, _ origin: MeasurementOrigin) {
        for stream in streams { stream.record(value, attributes, origin) }
    }

    /// The cell of a bound instrument; `nil` if nothing is recorded.
    func bind(_ attributes: Attributes) -> (any MeasurementCell)? {
        streams.count > 1 ? FanOutCell(streams.map { $0.bind(attributes) }) : streams.first?.bind(attributes)
    }
}

/// The parts of a stream that do not depend on its aggregation.
struct StreamSetup: Sendable {
    var descriptor: MetricDescriptor
    /// The readers of the stream, by their positions in the provider, with their position in the stream.
    let slots: [Int: Int]
    /// Whether all readers take deltas, so that a silent series may leave.
    let forgets: Bool
    let cardinalityLimit: Int
    let attributeKeys: AttributeKeyFilter?
    let exemplarFilter: ExemplarFilter
    let listeners: [any MeasurementListener]
    let log: any LogSink

    /// The warning of the first set of attributes without room.
    var warnOfOverflow: @Sendable () -> Void {
        { [log, descriptor, cardinalityLimit] in
            log.warning(
                """
                A metric has too many sets of attributes. New ones are counted together under otel.metric.overflow: \
                use fewer or raise the limit
                """,
                metadata: [("metric", descriptor.name), ("limit", String(cardinalityLimit))])
        }
    }
}

/// The series of one synchronous instrument as its readers see them.
final class MetricStream<Cell: MetricCell>: RecordingStream {
    private let setup: StreamSetup
    private let created = Timestamp.now
    private let series: SeriesTable<Cell>

    init(_ setup: StreamSetup, makeCell: @escaping @Sendable (CellSetup) -> Cell) {
        self.setup = setup
        series = SeriesTable(limit: setup.cardinalityLimit, forgets: setup.forgets) { place in
            makeCell(
                CellSetup(
                    place: place, readers: setup.slots.count,
                    sinks: setup.listeners.map { $0.sink(for: setup.descriptor, attributes: place.attributes) },
                    exemplarFilter: setup.exemplarFilter))
        } overflowBegan: {
            setup.warnOfOverflow()
        }
    }

    /// Cells and table hold each other until the table is closed.
    deinit { series.close() }

    private func split(_ attributes: Attributes) -> (kept: Attributes, dropped: Attributes?) {
        setup.attributeKeys?.split(attributes) ?? (attributes, nil)
    }

    func record(_ value: Int64, _ attributes: Attributes, _ origin: MeasurementOrigin) {
        let (kept, dropped) = split(attributes)
        series.cell(for: kept, isBound: false).record(value, origin, dropped)
    }

    func record(_ value: Double, _ attributes: Attributes, _ origin: MeasurementOrigin) {
        let (kept, dropped) = split(attributes)
        series.cell(for: kept, isBound: false).record(value, origin, dropped)
    }

    func bind(_ attributes: Attributes) -> any MeasurementCell {
        let (kept, dropped) = split(attributes)
        let cell = series.cell(for: kept, isBound: true)
        return dropped.map { FilteredCell(cell, dropped: $0) } ?? cell
    }

    func collect(_ collection: MetricCollection) -> MetricData? {
        guard let slot = setup.slots[collection.slot] else { return nil }
        let temporality = collection.preference.temporality(for: setup.descriptor.type)
        let intervalStart = max(collection.previous ?? created, created)
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
            let time = max(collection.now, start)
            points.append(
                MetricPoint(
                    attributes: cell.place.attributes, start: start, time: time, value: value,
                    exemplars: cell.exemplars?.collect(after: temporality == .delta ? start : nil, until: time) ?? []))
        }
        series.didCollect(silent: silent)
        return setup.descriptor.data(temporality, points)
    }
}
