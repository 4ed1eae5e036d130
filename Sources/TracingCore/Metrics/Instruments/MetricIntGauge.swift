/// The last value of an integer that is not added up.
///
/// Made by ``MeterProvider/intGauge(name:unit:description:scope:)``. Safe to use from any thread. After its provider is released it still counts, and no
/// reader collects it.
public final class MetricIntGauge: Sendable {
    private let streams: InstrumentStreams?

    init(_ streams: InstrumentStreams?) { self.streams = streams }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``, or one that views drop.
    public var isEnabled: Bool { streams?.streams.isEmpty == false }

    /// Sets the value of the series.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    public func record(_ value: Int64, attributes: Attributes = [:], context: SpanContext? = nil) {
        streams?.record(value, attributes, MeasurementOrigin(context))
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundIntGauge { BoundIntGauge(streams?.bind(attributes)) }
}

/// One series of a gauge.
///
/// Valid for ever; unbound calls of equal attributes record into the same series.
public struct BoundIntGauge: Sendable {
    @usableFromInline let cell: (any MeasurementCell)?

    init(_ cell: (any MeasurementCell)?) { self.cell = cell }

    /// An instrument that records nothing.
    public static let noop = BoundIntGauge(nil)

    /// Sets the value of the series. Lock-free.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    @inlinable
    public func record(_ value: Int64, context: SpanContext? = nil) {
        // Not `guard let cell`: that copy is retained and released, which costs more than the record.
        cell?.record(value, MeasurementOrigin(context), nil)
    }

    /// Ends the series, as when a partition is revoked: it is not reported until something is recorded again.
    @inlinable
    public func clear() { cell?.clear() }
}
