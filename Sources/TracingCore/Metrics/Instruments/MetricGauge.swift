/// The last value of something that is not added up, such as the lag of a consumer.
///
/// Made by ``MeterProvider/gauge(name:unit:description:scope:)``. Safe to use from any thread. After its provider is released it still counts, and no
/// reader collects it.
public final class MetricGauge: Sendable {
    private let streams: InstrumentStreams?

    init(_ streams: InstrumentStreams?) { self.streams = streams }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``, or one that views drop.
    public var isEnabled: Bool { streams?.streams.isEmpty == false }

    /// Sets the value of the series. A value that is not finite is ignored.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    public func record(_ value: Double, attributes: Attributes = [:], context: SpanContext? = nil) {
        if value.isFinite { streams?.record(value, attributes, MeasurementOrigin(context)) }
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundGauge { BoundGauge(streams?.bind(attributes)) }
}

/// One series of a gauge.
///
/// Valid for ever; unbound calls of equal attributes record into the same series.
public struct BoundGauge: Sendable {
    @usableFromInline let cell: (any MeasurementCell)?

    init(_ cell: (any MeasurementCell)?) { self.cell = cell }

    /// An instrument that records nothing.
    public static let noop = BoundGauge(nil)

    /// Sets the value of the series. A value that is not finite is ignored. Lock-free.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    @inlinable
    public func record(_ value: Double, context: SpanContext? = nil) {
        // Not `guard let cell`: that copy is retained and released, which costs more than the record.
        if value.isFinite { cell?.record(value, MeasurementOrigin(context), nil) }
    }

    /// Ends the series, as when a partition is revoked: it is not reported until something is recorded again.
    @inlinable
    public func clear() { cell?.clear() }
}
