/// Reads the context that a message carries, from its headers in order.
///
/// The rules of messages, not of HTTP: names are case-sensitive; of several `traceparent` values the last valid one
/// counts (that of the closest writer); several `tracestate` values are one list, as are several `baggage` values.
/// Nothing is allocated for a message without `tracestate` and `baggage`.
///
///     var reader = MessageContextReader()
///     for header in headers { reader.read(name: header.name, value: header.value) }
///     let context = reader.finish()
public struct MessageContextReader: Sendable {
    private var context: SpanContext?
    private var traceState = TraceStateParser()
    private var baggageParser: BaggageParser?

    /// A reader for one message. Without `baggage`, baggage headers are skipped.
    public init(baggage: Bool = false) {
        baggageParser = baggage ? BaggageParser() : nil
    }

    /// Takes one header. `name` has no terminator; a `nil` value is a header without one. The bytes are not kept.
    @inlinable
    public mutating func read(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        guard let value, Self.mayConcern(name) else { return }
        readCandidate(name, value)
    }

    /// The remote context read so far; `nil` without a valid `traceparent`. An invalid `tracestate` is left out.
    public func finish() -> SpanContext? {
        guard var context else { return nil }
        if let traceState = traceState.finish() { context.traceState = traceState }
        return context
    }

    /// The baggage read so far; empty if the reader was made without.
    public var baggage: Baggage { baggageParser?.baggage ?? Baggage() }

    /// Rejects almost all other names by length and first byte.
    @inlinable
    static func mayConcern(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 10, 11: name[0] == UInt8(ascii: "t")
        case 7: name[0] == UInt8(ascii: "b")
        default: false
        }
    }

    @usableFromInline
    mutating func readCandidate(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if PropagationHeader.traceparent.matches(name) {
            context = TraceParent.parse(value) ?? context
        } else if PropagationHeader.tracestate.matches(name) {
            traceState.append(value)
        } else if PropagationHeader.baggage.matches(name) {
            baggageParser?.append(value)
        }
    }
}

extension StaticString {
    @inline(__always)
    fileprivate func matches(_ name: UnsafeRawBufferPointer) -> Bool {
        name.elementsEqual(UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
    }
}
