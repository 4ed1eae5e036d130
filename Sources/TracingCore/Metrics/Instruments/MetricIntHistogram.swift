/// The distribution of integers such as sizes: count, sum, minimum, maximum and buckets.
///
/// Made by ``MeterProvider/intHistogram(name:unit:description:scope:boundaries:)``. Safe to use from any thread. After its provider is released it still counts, and no
/// reader collects it.
public final class MetricIntHistogram: Sendable {
    private let streams: InstrumentStreams?

    init(_ streams: InstrumentStreams?) { self.streams = streams }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``, or one that views drop.
    public var isEnabled: Bool { streams?.streams.isEmpty == false }

    /// Records a value. A negative one is ignored.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    public func record(_ value: Int64, attributes: Attributes = [:], context: SpanContext? = nil) {
        if value >= 0 { streams?.record(value, attributes, MeasurementOrigin(context)) }
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundIntHistogram {
        BoundIntHistogram(streams?.bind(attributes))
    }
}

/// One series of a histogram.
///
/// Valid for ever; unbound calls of equal attributes record into the same series.
public struct BoundIntHistogram: Sendable {
    @usableFromInline let cell: (any MeasurementCell)?

    init(_ cell: (any MeasurementCell)?) { self.cell = cell }

    /// An instrument that records nothing.
    public static let noop = BoundIntHistogram(nil)

    /// Records a value. A negative one is ignored. Lock-free.
    ///
    /// - Parameter context: the span of the measurement, for exemplars. Default: the active span of the task.
    @inlinable
    public func record(_ value: Int64, context: SpanContext? = nil) {
        // Not `guard let cell`: that copy is retained and released, which costs more than the record.
        if value >= 0 { cell?.record(value, MeasurementOrigin(context), nil) }
    }

    /// Whether ``record(_:context:)`` does anything: asks before a clock is read for its sake.
    @inlinable
    public var isEnabled: Bool { cell != nil }
}
