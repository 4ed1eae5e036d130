/// Makes instruments and hands what they measure to readers (metrics SDK, "MeterProvider").
///
/// An instrument belongs to an ``InstrumentationScope``, as a meter's does in other languages. All methods may be called
/// from any thread. Make instruments once and keep them; asking again for the same one finds it, at the price of a lock.
public final class MeterProvider: Sendable {
    private let registry: MetricRegistry?
    private let readers: [any MetricReader]

    /// A provider whose readers begin at once.
    ///
    /// A metric has at most `cardinalityLimit` series. One more (`otel.metric.overflow=true`) counts all other sets of
    /// attributes together. If all readers take deltas, series without new measurements do not count for the limit.
    /// `log` takes warnings of wrong use.
    public init(
        resource: Resource = Resource(), readers: [any MetricReader], cardinalityLimit: Int = 2_000,
        log: any LogSink = StandardErrorLogSink()
    ) {
        let registry = MetricRegistry(
            resource: resource, preferences: readers.map(\.temporality),
            listeners: readers.compactMap { $0 as? any MeasurementListener }, cardinalityLimit: cardinalityLimit,
            log: log)
        self.registry = registry
        self.readers = readers
        for (slot, reader) in readers.enumerated() { reader.start(MetricSource(registry: registry, slot: slot)) }
    }

    private init() {
        registry = nil
        readers = []
    }

    /// A provider whose instruments do nothing and cost next to nothing.
    public static let noop = MeterProvider()

    /// Whether instruments measure anything.
    public var isEnabled: Bool { registry != nil }

    /// The counter of that name, unit and scope; the same each time.
    public func counter(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricCounter {
        guard let registry else { return MetricCounter(nil) }
        let readers = readers.count
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, kind: .sum(isMonotonic: true)),
            { MetricCounter($0) }, makeCell: { SumCell($0, readers: readers, sinks: $1) })
    }

    /// The up-down counter of that name, unit and scope; the same each time.
    public func upDownCounter(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricUpDownCounter {
        guard let registry else { return MetricUpDownCounter(nil) }
        let readers = readers.count
        return registry.instrument(
            MetricDescriptor(
                name: name, unit: unit, description: description, scope: scope, kind: .sum(isMonotonic: false)),
            { MetricUpDownCounter($0) }, makeCell: { SumCell($0, readers: readers, sinks: $1) })
    }

    /// The histogram of that name, unit and scope; the same each time.
    ///
    /// `boundaries` are the inclusive upper bounds of its buckets, ascending; without any there are no buckets, only
    /// count, sum, minimum and maximum. The boundaries of the first call for an instrument count.
    public func histogram(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope,
        boundaries: [Double] = MetricHistogram.defaultBoundaries
    ) -> MetricHistogram {
        guard let registry else { return MetricHistogram(nil) }
        let readers = readers.count
        let bounds = MetricSyntax.sanitized(boundaries: boundaries)
        if bounds != boundaries {
            registry.log.warning(
                "a histogram's boundaries must be finite and ascend: they were put in order",
                metadata: [("metric", name), ("boundaries", "\(boundaries)")])
        }
        return registry.instrument(
            MetricDescriptor(name: name, unit: unit, description: description, scope: scope, kind: .histogram),
            { MetricHistogram($0) }, makeCell: { HistogramCell($0, bounds: bounds, readers: readers, sinks: $1) })
    }

    /// The gauge of that name, unit and scope; the same each time.
    public func gauge(
        name: String, unit: String = "", description: String = "", scope: InstrumentationScope
    ) -> MetricGauge {
        guard let registry else { return MetricGauge(nil) }
        return registry.instrument(
            MetricDescriptor(name: name, unit: unit, description: description, scope: scope, kind: .gauge),
            { MetricGauge($0) }, makeCell: { GaugeCell($0, sinks: $1) })
    }

    /// Has `callback` run before each collection, on the reader's thread, to record what is only known when asked for.
    ///
    /// It must not block. It and what it captures are kept until ``MetricCallback/cancel()``.
    @discardableResult
    public func onCollect(_ callback: @escaping @Sendable () -> Void) -> MetricCallback {
        guard let registry else { return MetricCallback(registry: nil, id: 0) }
        return MetricCallback(registry: registry, id: registry.add(callback))
    }

    /// Has every reader collect and export now; true when all succeeded.
    public func forceFlush() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            for reader in readers { group.addTask { await reader.forceFlush() } }
            return await group.reduce(true) { $0 && $1 }
        }
    }

    /// Has every reader collect and export a last time and stop; true when all succeeded before the deadline.
    public func shutdown(deadline: ContinuousClock.Instant? = nil) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            for reader in readers { group.addTask { await reader.shutdown(deadline: deadline) } }
            return await group.reduce(true) { $0 && $1 }
        }
    }
}

/// A callback of ``MeterProvider/onCollect(_:)``.
public struct MetricCallback: Sendable {
    let registry: MetricRegistry?
    let id: UInt64

    /// Ends the callback: it does not run again, but for a collection that runs right now.
    public func cancel() { registry?.removeCallback(id) }
}
