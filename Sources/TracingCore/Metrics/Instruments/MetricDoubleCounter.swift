/// A sum of floating-point numbers that only grows.
///
/// Made by ``MeterProvider/doubleCounter(name:unit:description:scope:)``. Safe to use from any thread. After its provider is released it still counts, and no
/// reader collects it.
public final class MetricDoubleCounter: Sendable {
    private let streams: InstrumentStreams?

    init(_ streams: InstrumentStreams?) { self.streams = streams }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``, or one that views drop.
    public var isEnabled: Bool { streams?.streams.isEmpty == false }

    /// Adds to the series. An amount that is negative or not finite is ignored.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    public func add(_ amount: Double, attributes: Attributes = [:], context: SpanContext? = nil) {
        if amount >= 0 { streams?.record(amount, attributes, MeasurementOrigin(context)) }
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundDoubleCounter {
        BoundDoubleCounter(streams?.bind(attributes))
    }
}

/// One series of a counter.
///
/// Valid for ever; unbound calls of equal attributes record into the same series.
public struct BoundDoubleCounter: Sendable {
    @usableFromInline let cell: (any MeasurementCell)?

    init(_ cell: (any MeasurementCell)?) { self.cell = cell }

    /// An instrument that records nothing.
    public static let noop = BoundDoubleCounter(nil)

    /// Adds to the series. An amount that is negative or not finite is ignored. Lock-free.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    @inlinable
    public func add(_ amount: Double, context: SpanContext? = nil) {
        // Not `guard let cell`: that copy is retained and released, which costs more than the record.
        if amount >= 0 { cell?.record(amount, MeasurementOrigin(context), nil) }
    }
}
