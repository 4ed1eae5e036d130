import SpanlinkRuntime

/// Reads the context that a message carries, from its headers in order.
///
/// The rules of messages, not of HTTP: names are case-sensitive; of several `traceparent` values the last valid one
/// counts (that of the closest writer); several `tracestate` values are one list, as are several `baggage` values.
/// Nothing is allocated for a message without `tracestate` and `baggage`.
///
///     var reader = MessageContextReader()
///     for header in headers { reader.read(name: header.name, value: header.value) }
///     let context = reader.finish()
///
/// A local value of one thread, not to be copied.
public struct MessageContextReader: ~Copyable {
    @usableFromInline var traceID = TraceID.invalid
    @usableFromInline var spanID = SpanID.invalid
    @usableFromInline var traceFlags: TraceFlags = []
    @usableFromInline let readsBaggage: Bool
    /// Made for the first `tracestate` or `baggage` only: most messages have none, and the rest is trivial to keep.
    @usableFromInline var lists: MessageContextLists?

    /// A reader for one message. Without `baggage`, baggage headers are skipped.
    @inlinable
    public init(baggage: Bool = false) { readsBaggage = baggage }

    /// Takes one header. `name` has no terminator; a `nil` value is a header without one. The bytes are not kept.
    @inlinable
    public mutating func read(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        guard let value, Self.mayConcern(name) else { return }
        readCandidate(name, value)
    }

    /// The remote context read so far; `nil` without a valid `traceparent`. An invalid `tracestate` is left out.
    @inlinable
    public func finish() -> SpanContext? {
        guard spanID.isValid else { return nil }
        return SpanContext(
            traceID: traceID, spanID: spanID, traceFlags: traceFlags,
            traceState: lists.map { $0.finishedTraceState } ?? TraceState(), isRemote: true)
    }

    /// The baggage read so far; empty if the reader was made without.
    public var baggage: Baggage { lists?.baggage.baggage ?? Baggage() }

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
            guard let parsed = TraceParent.parts(value) else { return }
            (traceID, spanID, traceFlags) = parsed
        } else if PropagationHeader.tracestate.matches(name) {
            madeLists().traceState.append(value)
        } else if readsBaggage, PropagationHeader.baggage.matches(name) {
            madeLists().baggage.append(value)
        }
    }

    private mutating func madeLists() -> MessageContextLists {
        if let lists { return lists }
        let made = MessageContextLists()
        lists = made
        return made
    }
}

/// What a reader collects from headers that are lists. Owned by one reader.
@usableFromInline
final class MessageContextLists {
    var traceState = TraceStateParser()
    var baggage = BaggageParser()

    @usableFromInline var finishedTraceState: TraceState { traceState.finish() ?? TraceState() }
}

extension StaticString {
    @inline(__always)
    fileprivate func matches(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count == utf8CodeUnitCount, let start = name.baseAddress else { return false }
        return memcmp(start, utf8Start, name.count) == 0
    }
}
