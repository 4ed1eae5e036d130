import SpanlinkRuntime

/// Keeps a few measurements of one series (metrics SDK, "ExemplarReservoir").
///
/// Each measurement since the last collection has the same chance to be kept. Later ones take the place of those that were
/// told before. A measurement that meets another one in the reservoir is not kept: recorders never wait.
final class ExemplarReservoir: Sendable {
    /// The places of a reservoir.
    enum Layout: Sendable {
        /// `SimpleFixedSizeExemplarReservoir`.
        case fixedSize(Int)
        /// `AlignedHistogramBucketExemplarReservoir`: one place for each bucket.
        case buckets(Int)
    }

    private struct State {
        var kept: [Exemplar?] = []
        /// Measurements since the last collection, for each bucket or in all.
        var seen: [UInt64] = []
        var random: UInt64 = 0
    }

    private let filter: ExemplarFilter
    private let layout: Layout
    private let state = Mutex(State())

    /// `nil` if there is nothing to keep.
    init?(_ layout: Layout, filter: ExemplarFilter) {
        guard filter != .alwaysOff else { return nil }
        self.layout = layout
        self.filter = filter
    }

    /// Offers a measurement.
    ///
    /// - Parameters:
    ///   - bucket: the bucket of a histogram, for the layout of that name.
    ///   - origin: the span in which it was made.
    ///   - dropped: the attributes that a view removed.
    @inline(__always)
    func offer(_ value: Exemplar.Value, bucket: Int = 0, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        if origin.isSampled || origin.isActiveSpan || filter == .alwaysOn { consider(value, bucket, origin, dropped) }
    }

    @inline(never)
    private func consider(
        _ value: Exemplar.Value, _ bucket: Int, _ origin: MeasurementOrigin, _ dropped: Attributes?
    ) {
        guard origin.isActiveSpan else { return keep(value, bucket, origin, dropped) }
        let active = ActiveContext.current.spanContext
        if active?.isSampled == true || filter == .alwaysOn {
            keep(value, bucket, MeasurementOrigin(active ?? .invalid), dropped)
        }
    }

    private func keep(_ value: Exemplar.Value, _ bucket: Int, _ origin: MeasurementOrigin, _ dropped: Attributes?) {
        _ = state.withLockIfAvailable { state in
            guard let place = place(for: bucket, origin, &state) else { return }
            state.kept[place] = Exemplar(
                value: value, time: .now, traceID: origin.traceID, spanID: origin.spanID,
                filteredAttributes: dropped ?? [:])
        }
    }

    /// The place of a measurement, or `nil` if it is not kept: uniform sampling by the number of measurements so far.
    private func place(for bucket: Int, _ origin: MeasurementOrigin, _ state: inout State) -> Int? {
        let (size, group, limit): (Int, Int, UInt64) =
            switch layout {
            case .fixedSize(let size): (size, 0, UInt64(size))
            case .buckets(let count): (count, bucket, 1)
            }
        if state.kept.isEmpty {
            state.kept = Array(repeating: nil, count: size)
            state.seen = Array(repeating: 0, count: limit == 1 ? size : 1)
        }
        let seen = state.seen[group]
        state.seen[group] += 1
        var draw = seen
        if seen >= limit {
            // Random enough, and cheaper than the system's numbers: span ids are random.
            state.random &+= origin.spanID.value | 1
            draw = Self.mixed(state.random) % (seen + 1)
        }
        guard draw < limit else { return nil }
        if case .buckets = layout { return bucket }
        return Int(draw)
    }

    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The exemplars of the time after `start` (for deltas) until `end`.
    func collect(after start: Timestamp?, until end: Timestamp) -> [Exemplar] {
        state.withLock { state in
            for group in state.seen.indices { state.seen[group] = 0 }
            return state.kept.compactMap { exemplar in
                guard let exemplar, exemplar.time <= end else { return nil }
                if let start, exemplar.time <= start { return nil }
                return exemplar
            }
        }
    }
}
