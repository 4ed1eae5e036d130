import SpanlinkRuntime

/// The instruments of a provider and the streams that its readers collect. Readers hold it, not the provider: no cycle.
final class MetricRegistry: Sendable {
    private struct Identity: Hashable {
        var scope: InstrumentationScope
        var name: String
        var type: MetricInstrumentType
        var isInteger: Bool
        var unit: String
    }

    private struct Name: Hashable {
        var scope: InstrumentationScope
        var name: String
    }

    private struct State {
        var instruments: [Identity: any AnyObject & Sendable] = [:]
        /// The names of instruments, and those of streams that differ by a view.
        var names: Set<Name> = []
        var metrics: [any CollectableMetric] = []
        var observed: [any ObservableInstrument] = []
        var callbacks: [UInt64: @Sendable () -> Void] = [:]
        var nextCallback: UInt64 = 0
    }

    let resource: Resource
    let factory: StreamFactory
    var log: any LogSink { factory.log }
    private let state = Mutex(State())
    /// When each reader collected last. Held for a whole collection, so that collections do not overlap.
    private let previous: Mutex<[Timestamp?]>

    init(resource: Resource, factory: StreamFactory) {
        self.resource = resource
        self.factory = factory
        previous = Mutex(Array(repeating: nil, count: factory.temporalities.count))
    }

    /// The synchronous instrument of that name, type, unit and scope: the one there is, or a new one.
    ///
    /// Names are case-insensitive (metrics API, "Instrument name syntax"). Instruments that differ by their description
    /// alone are the same; the first description counts.
    func instrument<Instrument: AnyObject & Sendable>(
        _ descriptor: MetricDescriptor, boundaries: [Double] = [], _ wrap: (InstrumentStreams) -> Instrument
    ) -> Instrument {
        register(descriptor) { state in
            let streams = factory.streams(descriptor, boundaries: boundaries)
            state.metrics += streams.map { $0.1 }
            return (wrap(InstrumentStreams(streams: streams.map { $0.1 })), streams.map { $0.0 })
        }
    }

    /// The asynchronous instrument of that identity.
    func observable<Value: MetricValue>(
        _ descriptor: MetricDescriptor, _ make: () -> MetricObservable<Value>
    ) -> MetricObservable<Value> {
        register(descriptor) { state in
            let instrument = make()
            let streams = factory.streams(descriptor, observedBy: ObjectIdentifier(instrument.callbacks))
            state.metrics += streams.map { $0.1 }
            // A view that drops the instrument spares its callbacks.
            if !streams.isEmpty { state.observed.append(instrument.callbacks) }
            return (instrument, streams.map { $0.0 })
        }
    }

    private func register<Instrument: AnyObject & Sendable>(
        _ descriptor: MetricDescriptor, _ make: (inout State) -> (Instrument, [MetricDescriptor])
    ) -> Instrument {
        let name = descriptor.name.lowercased()
        let identity = Identity(
            scope: descriptor.scope, name: name, type: descriptor.type, isInteger: descriptor.isInteger,
            unit: descriptor.unit)
        let (instrument, isNew, conflicts) = state.withLock { state -> (Instrument, Bool, [MetricDescriptor]) in
            if let known = state.instruments[identity] as? Instrument { return (known, false, []) }
            let (instrument, streams) = make(&state)
            state.instruments[identity] = instrument
            var conflicts: [MetricDescriptor] = []
            // Readers with different preferences see different streams of one name.
            for stream in Dictionary(grouping: streams, by: { $0.name.lowercased() }).values {
                let name = Name(scope: descriptor.scope, name: stream[0].name.lowercased())
                if !state.names.insert(name).inserted { conflicts.append(stream[0]) }
            }
            return (instrument, true, conflicts)
        }
        for conflict in conflicts {
            log.warning(
                "Two metrics have one name and a different type or unit. Both are exported: rename one of them",
                metadata: [
                    ("metric", conflict.name), ("scope", conflict.scope.name), ("type", conflict.type.rawValue),
                    ("unit", conflict.unit),
                ])
        }
        if isNew { warnOfSyntax(descriptor) }
        return instrument
    }

    private func warnOfSyntax(_ descriptor: MetricDescriptor) {
        if !MetricSyntax.isValid(name: descriptor.name) {
            log.warning(
                "A metric's name is invalid. Use a letter, then at most 254 letters, digits, _ . - /",
                metadata: [("metric", descriptor.name), ("scope", descriptor.scope.name)])
        }
        if !MetricSyntax.isValid(unit: descriptor.unit) {
            log.warning(
                "A metric's unit is invalid. Use at most 63 ASCII characters",
                metadata: [("metric", descriptor.name), ("unit", descriptor.unit)])
        }
    }

    /// The metrics for the `slot`-th reader now. Callbacks run first, on this thread.
    func collect(slot: Int) -> [MetricData] {
        let (callbacks, observed) = state.withLock { ($0.callbacks, $0.observed) }
        for callback in callbacks.sorted(by: { $0.key < $1.key }) { callback.value() }
        return previous.withLock { previous in
            // Observe with the lock held: an older total told after a newer one would be a negative delta.
            var observations: [ObjectIdentifier: [MetricObservation]] = [:]
            for instrument in observed { observations[ObjectIdentifier(instrument)] = instrument.observe() }
            let metrics = state.withLock { $0.metrics }
            let collection = MetricCollection(
                slot: slot, preference: factory.temporalities[slot], previous: previous[slot], now: .now,
                observations: observations)
            defer { previous[slot] = collection.now }
            return metrics.compactMap { $0.collect(collection) }
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
