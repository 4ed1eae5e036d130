/// Makes instruments and hands what they measure to readers (metrics SDK, "MeterProvider").
///
/// An instrument belongs to an ``InstrumentationScope``, as a meter's does in other languages. All methods may be called
/// from any thread. Make instruments once and keep them; asking again for the same one finds it, at the price of a lock.
public final class MeterProvider: Sendable {
    let registry: MetricRegistry?
    private let readers: [any MetricReader]

    /// A provider whose readers begin at once.
    ///
    /// A metric has at most `cardinalityLimit` series. One more (`otel.metric.overflow=true`) counts all other sets of
    /// attributes together. If all readers take deltas, series without new measurements do not count for the limit.
    ///
    /// - Parameters:
    ///   - views: changes to the metrics of selected instruments.
    ///   - exemplarFilter: the measurements that may become exemplars.
    ///   - log: takes warnings of wrong use.
    public init(
        resource: Resource = Resource(), readers: [any MetricReader], views: [MetricView] = [],
        exemplarFilter: ExemplarFilter = .traceBased, cardinalityLimit: Int = 2_000,
        log: any LogSink = StandardErrorLogSink()
    ) {
        var listeners: [Int: any MeasurementListener] = [:]
        for (slot, reader) in readers.enumerated() { listeners[slot] = reader as? any MeasurementListener }
        let registry = MetricRegistry(
            resource: resource,
            factory: StreamFactory(
                views: views, temporalities: readers.map(\.temporality),
                histogramAggregations: readers.map(\.histogramAggregation), listeners: listeners,
                cardinalityLimit: cardinalityLimit, exemplarFilter: exemplarFilter, log: log))
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

    /// Has `callback` run before each collection, on the reader's thread, to record into synchronous instruments.
    ///
    /// The callback must not block. The provider keeps the callback and its captures until ``MetricCallback/cancel()``. For
    /// values that are known only when asked for, asynchronous instruments are simpler.
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

    /// Ends the callback: it does not run again, except in a collection that runs right now.
    public func cancel() { registry?.removeCallback(id) }
}
