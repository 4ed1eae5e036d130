import SpanlinkRuntime

/// The parts of a new cell that do not depend on its aggregation.
struct CellSetup: Sendable {
    let place: SeriesPlace
    /// The number of readers of the stream.
    let readers: Int
    let sinks: [any MeasurementSink]
    let exemplarFilter: ExemplarFilter

    func reservoir(_ layout: ExemplarReservoir.Layout) -> ExemplarReservoir? {
        ExemplarReservoir(layout, filter: exemplarFilter)
    }

    /// One place for each processor, as the specification advises.
    var fixedSizeReservoir: ExemplarReservoir? { reservoir(.fixedSize(Self.processors)) }

    private static let processors = min(max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), 16)
}
