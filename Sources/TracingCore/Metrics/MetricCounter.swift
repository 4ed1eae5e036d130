/// A counter: a sum that only grows. Made by ``MeterProvider/counter(name:unit:description:scope:)``.
///
/// It may be used from any thread. After its provider is gone it counts on, and nobody reads it.
public final class MetricCounter: Sendable {
    private let stream: MetricStream<SumCell>?

    init(_ stream: MetricStream<SumCell>?) { self.stream = stream }

    /// Whether anything is counted: false for an instrument of ``MeterProvider/noop``.
    public var isEnabled: Bool { stream != nil }

    /// Adds to the series of these attributes. A negative amount is ignored.
    public func add(_ amount: Int64, attributes: Attributes = [:]) {
        BoundCounter(stream?.cell(for: attributes)).add(amount)
    }

    /// The series of these attributes, for hot paths: found once, then recorded into without a lock.
    public func bind(_ attributes: Attributes = [:]) -> BoundCounter {
        BoundCounter(stream?.boundCell(for: attributes))
    }
}

/// One series of a counter. It stays valid for ever and counts together with unbound calls of equal attributes.
public struct BoundCounter: Sendable {
    @usableFromInline let cell: SumCell?

    init(_ cell: SumCell?) { self.cell = cell }

    /// A counter that counts nothing.
    public static let noop = BoundCounter(nil)

    /// Adds to the series; lock-free. A negative amount is ignored.
    @inlinable
    public func add(_ amount: Int64) {
        // Not `guard let cell`: that copy is retained and released, which costs more than the addition.
        if amount >= 0 { cell?.add(amount) }
    }
}
