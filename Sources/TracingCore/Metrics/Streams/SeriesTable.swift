import SpanlinkRuntime

/// The series of one stream by their attributes, up to a bound (metrics SDK, "Cardinality limits").
///
/// A table that forgets keeps the series with new measurements. The other ones leave when their reader collects, and at the
/// latest when a new series needs the room. Cells of those series to which instruments are bound stay dormant: each has
/// the same attributes as before if it is used again. A dormant cell without bound instruments is released at the next
/// collection.
final class SeriesTable<Cell: MetricCell>: SeriesOwner {
    private struct State {
        var active: [Attributes: Cell] = [:]
        var dormant: [Attributes: Cell] = [:]
        var overflow: Cell?
        var nextOrder: UInt64 = 0
        /// Idle series have left since the last collection: the others all have measurements to tell.
        var hasSwept = false
        var isClosed = false
    }

    private let limit: Int
    private let forgets: Bool
    private let makeCell: @Sendable (SeriesPlace) -> Cell
    private let overflowBegan: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: the number of series beside the overflow series.
    ///   - forgets: whether all readers take deltas, so that a silent series may leave.
    ///   - overflowBegan: called once, when the first set of attributes finds no room.
    init(
        limit: Int, forgets: Bool, makeCell: @escaping @Sendable (SeriesPlace) -> Cell,
        overflowBegan: @escaping @Sendable () -> Void
    ) {
        self.limit = limit
        self.forgets = forgets
        self.makeCell = makeCell
        self.overflowBegan = overflowBegan
    }

    /// The cell of a set of attributes: always the same, whatever their order.
    ///
    /// - Parameter isBound: the caller keeps the cell. It then gets its own series once there is room.
    func cell(for attributes: Attributes, isBound: Bool) -> Cell {
        let (cell, overflows) = state.withLock { state -> (Cell, Bool) in
            if let cell = state.active[attributes] { return (cell, false) }
            let dormant = state.dormant[attributes]
            if hasRoom(&state) {
                let cell = dormant ?? newCell(attributes, &state)
                activate(cell, &state)
                return (cell, false)
            }
            if isBound, forgets {
                if let dormant { return (dormant, false) }
                // Each dormant cell is held by an instrument; an application that binds without end gets no more.
                if state.dormant.count < max(limit, 1) {
                    let cell = newCell(attributes, &state, isDetached: true)
                    state.dormant[attributes] = cell
                    return (cell, false)
                }
            }
            return overflow(&state)
        }
        if overflows { overflowBegan() }
        return cell
    }

    /// All series that are told, in the order in which they came, the overflow series last.
    func cells() -> [Cell] {
        let (active, overflow) = state.withLock { (Array($0.active.values), $0.overflow) }
        return active.sorted { $0.place.order < $1.place.order } + (overflow.map { [$0] } ?? [])
    }

    /// Ends a collection: series that told nothing leave. No caller may hold their cells any longer.
    func didCollect(silent: [Attributes]) {
        guard forgets else { return }
        // Recorders that need the table wait for a part only.
        for start in stride(from: 0, to: silent.count, by: 64) {
            state.withLock { state in
                for attributes in silent[start..<min(start + 64, silent.count)] { detachIfIdle(attributes, &state) }
            }
        }
        state.withLock { state in
            releaseUnbound(&state)
            state.hasSwept = false
        }
    }

    func reattach(_ cell: any MetricCell) {
        guard let cell = cell as? Cell else { return }
        let overflows = state.withLock { state in
            guard !state.isClosed, cell.place.isDetached.load(ordering: .sequentiallyConsistent) else { return false }
            if hasRoom(&state) {
                activate(cell, &state)
                return false
            }
            let (overflow, begins) = overflow(&state)
            cell.move(to: overflow)
            return begins
        }
        if overflows { overflowBegan() }
    }

    /// Ends the table: cells no longer keep it alive.
    func close() {
        let released = state.withLock { state in
            state.isClosed = true
            let released = (state.active, state.dormant)
            (state.active, state.dormant) = ([:], [:])
            return released
        }
        _ = released
    }

    // MARK: With the lock held

    private func hasRoom(_ state: inout State) -> Bool {
        if state.active.count < limit { return true }
        guard forgets, !state.hasSwept, limit > 0 else { return false }
        state.hasSwept = true
        for attributes in Array(state.active.keys) { detachIfIdle(attributes, &state) }
        releaseUnbound(&state)
        return state.active.count < limit
    }

    private func detachIfIdle(_ attributes: Attributes, _ state: inout State) {
        guard let cell = state.active[attributes] else { return }
        cell.place.isDetached.store(true, ordering: .sequentiallyConsistent)
        guard cell.isIdle else {
            // A record may have seen the series detached: the lock makes it wait, and then it finds the series here.
            cell.place.isDetached.store(false, ordering: .sequentiallyConsistent)
            return
        }
        state.active[attributes] = nil
        state.dormant[attributes] = cell
    }

    /// Releases the cells that no instrument and no record holds: with the lock held, there cannot be a new one.
    private func releaseUnbound(_ state: inout State) {
        var unbound: [Attributes] = []
        // Not over `indices`: that is a copy of the dictionary, with references of its own.
        var index = state.dormant.startIndex
        while index != state.dormant.endIndex {
            if isKnownUniquelyReferenced(&state.dormant.values[index]) { unbound.append(state.dormant[index].key) }
            state.dormant.formIndex(after: &index)
        }
        for attributes in unbound { state.dormant[attributes] = nil }
    }

    private func activate(_ cell: Cell, _ state: inout State) {
        state.dormant[cell.place.attributes] = nil
        state.active[cell.place.attributes] = cell
        cell.place.isDetached.store(false, ordering: .sequentiallyConsistent)
    }

    private func newCell(_ attributes: Attributes, _ state: inout State, isDetached: Bool = false) -> Cell {
        defer { state.nextOrder += 1 }
        return makeCell(SeriesPlace(attributes, order: state.nextOrder, owner: self, isDetached: isDetached))
    }

    private func overflow(_ state: inout State) -> (cell: Cell, begins: Bool) {
        if let cell = state.overflow { return (cell, false) }
        let cell = makeCell(SeriesPlace(["otel.metric.overflow": true], order: .max, owner: nil))
        state.overflow = cell
        return (cell, true)
    }
}
