import SpanlinkRuntime

/// The instruments of a provider and what its readers collect. Readers hold it, not the provider: no cycle.
final class MetricRegistry: Sendable {
    private struct Identity: Hashable {
        var scope: InstrumentationScope
        var name: String
        var kind: MetricData.Kind
        var unit: String
    }

    private struct Name: Hashable {
        var scope: InstrumentationScope
        var name: String
    }

    private struct State {
        var instruments: [Identity: any AnyObject & Sendable] = [:]
        var names: Set<Name> = []
        var metrics: [any CollectableMetric] = []
        var callbacks: [UInt64: @Sendable () -> Void] = [:]
        var nextCallback: UInt64 = 0
    }

    let resource: Resource
    let log: any LogSink
    let preferences: [MetricTemporalityPreference]
    private let listeners: [any MeasurementListener]
    let cardinalityLimit: Int
    private let state = Mutex(State())
    /// When each reader collected last. Held for a whole collection, so that collections do not overlap.
    private let previous: Mutex<[Timestamp?]>

    init(
        resource: Resource, preferences: [MetricTemporalityPreference], listeners: [any MeasurementListener],
        cardinalityLimit: Int, log: any LogSink
    ) {
        self.resource = resource
        self.preferences = preferences
        self.listeners = listeners
        self.cardinalityLimit = cardinalityLimit
        self.log = log
        previous = Mutex(Array(repeating: nil, count: preferences.count))
    }

    /// The instrument of that name, kind, unit and scope: the one there is, or a new one.
    ///
    /// Names differ whatever their case (metrics API, "Instrument name syntax"). The description does not tell
    /// instruments apart; the first counts.
    func instrument<Instrument: AnyObject & Sendable, Cell: MetricCell>(
        _ descriptor: MetricDescriptor, _ wrap: (MetricStream<Cell>) -> Instrument,
        makeCell: @escaping @Sendable (SeriesPlace, [any MeasurementSink]) -> Cell
    ) -> Instrument {
        let name = Name(scope: descriptor.scope, name: descriptor.name.lowercased())
        let identity = Identity(
            scope: name.scope, name: name.name, kind: descriptor.kind, unit: descriptor.unit)
        let (instrument, isNew, conflicts) = state.withLock { state -> (Instrument, Bool, Bool) in
            if let known = state.instruments[identity] as? Instrument { return (known, false, false) }
            let stream = MetricStream(
                descriptor, listeners: listeners, cardinalityLimit: cardinalityLimit,
                forgets: preferences.allSatisfy { $0.temporality(for: descriptor.kind) == .delta }, log: log,
                makeCell: makeCell)
            let instrument = wrap(stream)
            state.instruments[identity] = instrument
            state.metrics.append(stream)
            return (instrument, true, !state.names.insert(name).inserted)
        }
        if conflicts {
            log.warning(
                "a metric is there twice with different kind or unit: both are exported, give one another name",
                metadata: [
                    ("metric", descriptor.name), ("scope", descriptor.scope.name),
                    ("kind", "\(descriptor.kind)"), ("unit", descriptor.unit),
                ])
        }
        if isNew { warnOfSyntax(descriptor) }
        return instrument
    }

    private func warnOfSyntax(_ descriptor: MetricDescriptor) {
        if !MetricSyntax.isValid(name: descriptor.name) {
            log.warning(
                "a metric's name is not as OpenTelemetry has it: a letter, then at most 254 of letters, digits, _ . - /",
                metadata: [("metric", descriptor.name), ("scope", descriptor.scope.name)])
        }
        if !MetricSyntax.isValid(unit: descriptor.unit) {
            log.warning(
                "a metric's unit is not as OpenTelemetry has it: at most 63 ASCII characters",
                metadata: [("metric", descriptor.name), ("unit", descriptor.unit)])
        }
    }

    /// What the `slot`-th reader is to be told now. Callbacks run first, on this thread.
    func collect(slot: Int) -> [MetricData] {
        for callback in state.withLock({ $0.callbacks }).sorted(by: { $0.key < $1.key }) { callback.value() }
        return previous.withLock { previous in
            let metrics = state.withLock { $0.metrics }
            let now = Timestamp.now
            defer { previous[slot] = now }
            return metrics.compactMap { metric in
                metric.collect(
                    slot: slot, temporality: preferences[slot].temporality(for: metric.descriptor.kind),
                    previous: previous[slot], now: now)
            }
        }
    }

    func add(_ callback: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            defer { state.nextCallback += 1 }
            state.callbacks[state.nextCallback] = callback
            return state.nextCallback
        }
    }

    func removeCallback(_ id: UInt64) {
        // The closure is released outside the lock: it may be the last to hold an object that comes back here.
        _ = state.withLock { $0.callbacks.removeValue(forKey: id) }
    }
}
