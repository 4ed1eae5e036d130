import SpanlinkRuntime

/// One value that a callback observed.
struct MetricObservation: Sendable {
    enum Value: Sendable {
        case int(Int64)
        case double(Double)

        static func + (one: Value, other: Value) -> Value {
            switch (one, other) {
            case (.int(let one), .int(let other)): .int(one &+ other)
            case (.double(let one), .double(let other)): .double(one + other)
            default: other
            }
        }

        static func - (one: Value, other: Value) -> Value {
            switch (one, other) {
            case (.int(let one), .int(let other)): .int(one &- other)
            case (.double(let one), .double(let other)): .double(one - other)
            default: one
            }
        }

        var point: MetricPoint.Value {
            switch self {
            case .int(let value): .int(value)
            case .double(let value): .double(value)
            }
        }
    }

    var value: Value
    var attributes: Attributes
}

/// The series of one asynchronous instrument: those that its callbacks observed in this collection.
///
/// The values of counters are totals. A series that is not observed is not told and is forgotten.
final class ObservedStream: CollectableMetric {
    /// A series as one reader was told it last.
    private struct Told {
        var value: MetricObservation.Value
        var first: Timestamp
    }

    private let setup: StreamSetup
    private let instrument: ObjectIdentifier
    private let created = Timestamp.now
    /// For each reader.
    private let told: Mutex<[[Attributes: Told]]>
    private let overflow = Mutex(false)

    init(_ setup: StreamSetup, of instrument: ObjectIdentifier) {
        self.setup = setup
        self.instrument = instrument
        told = Mutex(Array(repeating: [:], count: setup.slots.count))
    }

    func collect(_ collection: MetricCollection) -> MetricData? {
        guard let slot = setup.slots[collection.slot] else { return nil }
        let temporality = collection.preference.temporality(for: setup.descriptor.type)
        let intervalStart = max(collection.previous ?? created, created)
        let series = series(collection.observations[instrument] ?? [])
        let points = told.withLock { told -> [MetricPoint] in
            let before = told[slot]
            told[slot] = [:]
            return series.map { attributes, value in
                let known = before[attributes]
                let first = known?.first ?? intervalStart
                told[slot][attributes] = Told(value: value, first: first)
                let isDelta = temporality == .delta
                return MetricPoint(
                    attributes: attributes, start: isDelta ? intervalStart : first,
                    time: max(collection.now, intervalStart),
                    value: (isDelta && known != nil ? value - known!.value : value).point)
            }
        }
        return setup.descriptor.data(temporality, points)
    }

    /// The observations by the attributes that stay, in their order. Those of equal attributes are added up if they count
    /// something; of a gauge the last one stays.
    private func series(_ observations: [MetricObservation]) -> [(Attributes, MetricObservation.Value)] {
        var positions: [Attributes: Int] = [:]
        var series: [(Attributes, MetricObservation.Value)] = []
        let overflowAttributes: Attributes = ["otel.metric.overflow": true]
        var own = 0
        for observation in observations {
            var attributes = setup.attributeKeys?.split(observation.attributes).kept ?? observation.attributes
            if positions[attributes] == nil {
                if own < setup.cardinalityLimit {
                    own += 1
                } else {
                    warnOnce()
                    attributes = overflowAttributes
                }
            }
            if let position = positions[attributes] {
                let addsUp = setup.descriptor.kind != .gauge && setup.attributeKeys != nil
                let isOverflow = attributes == overflowAttributes && setup.descriptor.kind != .gauge
                series[position].1 =
                    addsUp || isOverflow ? series[position].1 + observation.value : observation.value
            } else {
                positions[attributes] = series.count
                series.append((attributes, observation.value))
            }
        }
        return series
    }

    private func warnOnce() {
        let isFirst = overflow.withLock { warned in
            defer { warned = true }
            return !warned
        }
        if isFirst { setup.warnOfOverflow() }
    }
}
