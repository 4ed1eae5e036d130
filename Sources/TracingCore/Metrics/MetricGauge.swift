/// The last value of something that is not added up, such as a consumer's lag.
///
/// Made by ``MeterProvider/gauge(name:unit:description:scope:)``. What is only known when asked for is recorded in a
/// callback of ``MeterProvider/onCollect(_:)``. It may be used from any thread.
public final class MetricGauge: Sendable {
    private let stream: MetricStream<GaugeCell>?

    init(_ stream: MetricStream<GaugeCell>?) { self.stream = stream }

    /// Whether anything is recorded: false for an instrument of ``MeterProvider/noop``.
    public var isEnabled: Bool { stream != nil }

    /// The value of the series of these attributes from now on. A value that is not finite is ignored.
    public func record(_ value: Double, attributes: Attributes = [:]) {
        BoundGauge(stream?.cell(for: attributes)).record(value)
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundGauge { BoundGauge(stream?.boundCell(for: attributes)) }
}

/// One series of a gauge. It stays valid for ever and is the same series as unbound calls of equal attributes record to.
public struct BoundGauge: Sendable {
    @usableFromInline let cell: GaugeCell?

    init(_ cell: GaugeCell?) { self.cell = cell }

    /// A gauge that records nothing.
    public static let noop = BoundGauge(nil)

    /// The series' value from now on; lock-free. A value that is not finite is ignored.
    @inlinable
    public func record(_ value: Double) {
        if value.isFinite { cell?.record(value) }
    }

    /// Ends the series, as when a partition is no longer ours: it is not reported until something is recorded again.
    @inlinable
    public func clear() { cell?.clear() }
}
