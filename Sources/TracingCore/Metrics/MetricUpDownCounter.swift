/// A sum that grows and shrinks, such as a queue's length.
///
/// Made by ``MeterProvider/upDownCounter(name:unit:description:scope:)``. It may be used from any thread.
public final class MetricUpDownCounter: Sendable {
    private let stream: MetricStream<SumCell>?

    init(_ stream: MetricStream<SumCell>?) { self.stream = stream }

    /// Whether anything is counted: false for an instrument of ``MeterProvider/noop``.
    public var isEnabled: Bool { stream != nil }

    /// Adds to the series of these attributes.
    public func add(_ amount: Int64, attributes: Attributes = [:]) {
        BoundUpDownCounter(stream?.cell(for: attributes)).add(amount)
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundUpDownCounter {
        BoundUpDownCounter(stream?.boundCell(for: attributes))
    }
}

/// One series of an up-down counter. It stays valid for ever and counts together with unbound calls of equal attributes.
public struct BoundUpDownCounter: Sendable {
    @usableFromInline let cell: SumCell?

    init(_ cell: SumCell?) { self.cell = cell }

    /// A counter that counts nothing.
    public static let noop = BoundUpDownCounter(nil)

    /// Adds to the series; lock-free.
    @inlinable
    public func add(_ amount: Int64) { cell?.add(amount) }
}
