/// A sum of integers that only grows.
///
/// Made by ``MeterProvider/counter(name:unit:description:scope:)``. Safe to use from any thread. After its provider is released it still counts, and no
/// reader collects it.
public final class MetricCounter: Sendable {
    private let streams: InstrumentStreams?

    init(_ streams: InstrumentStreams?) { self.streams = streams }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``, or one that views drop.
    public var isEnabled: Bool { streams?.streams.isEmpty == false }

    /// Adds to the series. A negative amount is ignored.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    public func add(_ amount: Int64, attributes: Attributes = [:], context: SpanContext? = nil) {
        if amount >= 0 { streams?.record(amount, attributes, MeasurementOrigin(context)) }
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundCounter { BoundCounter(streams?.bind(attributes)) }
}

/// One series of a counter.
///
/// Valid for ever; unbound calls of equal attributes record into the same series.
public struct BoundCounter: Sendable {
    @usableFromInline let cell: (any MeasurementCell)?

    init(_ cell: (any MeasurementCell)?) { self.cell = cell }

    /// An instrument that records nothing.
    public static let noop = BoundCounter(nil)

    /// Adds to the series. A negative amount is ignored. Lock-free.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    @inlinable
    public func add(_ amount: Int64, context: SpanContext? = nil) {
        // Not `guard let cell`: that copy is retained and released, which costs more than the record.
        if amount >= 0 { cell?.record(amount, MeasurementOrigin(context), nil) }
    }
}
