/// Several series that record each measurement of an instrument: one for each view.
final class FanOutCell: MeasurementCell {
    private let cells: [any MeasurementCell]

    init(_ cells: [any MeasurementCell]) { self.cells = cells }

    func record(_ value: Int64, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        for cell in cells { cell.record(value, origin, dropped) }
    }

    func record(_ value: Double, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        for cell in cells { cell.record(value, origin, dropped) }
    }

    func clear() { for cell in cells { cell.clear() } }
}

/// A series that was bound with attributes of which a view removed some. Exemplars keep them.
final class FilteredCell: MeasurementCell {
    private let cell: any MeasurementCell
    private let dropped: Attributes

    init(_ cell: any MeasurementCell, dropped: Attributes) {
        self.cell = cell
        self.dropped = dropped
    }

    func record(_ value: Int64, _ origin: MeasurementOrigin, _: Attributes?) { cell.record(value, origin, dropped) }

    func record(_ value: Double, _ origin: MeasurementOrigin, _: Attributes?) { cell.record(value, origin, dropped) }

    func clear() { cell.clear() }
}
