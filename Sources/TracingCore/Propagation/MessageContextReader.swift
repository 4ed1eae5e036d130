import SpanlinkRuntime

/// Reads the context that a message carries, from its headers in order.
///
/// The rules of messages, not of HTTP. Of several `traceparent` values the last valid one counts (that of the closest
/// writer), with the `tracestate` values behind it; those before the first valid `traceparent` belong to that one. Several
/// `tracestate` values of one context are one list, as are several `baggage` values. Header names are lower-case; a name in
/// another case, such as `Traceparent`, is read if the message has none in lower case.
/// Nothing is allocated for a message without `tracestate` and `baggage` and with lower-case names.
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
    /// Created for the first `tracestate`, `baggage` or name in another case: most messages have none.
    @usableFromInline var rest: OptionalHeaders?

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
        guard spanID.isValid else { return rest?.contextInOtherCase }
        return SpanContext(
            traceID: traceID, spanID: spanID, traceFlags: traceFlags,
            traceState: rest.map { $0.traceStateInLowerCase } ?? TraceState(), isRemote: true)
    }

    /// The baggage read so far; empty if the reader was made without.
    public var baggage: Baggage { rest?.finishedBaggage ?? Baggage() }

    /// Rejects almost all other names by length and first byte, whatever its case.
    @inlinable
    static func mayConcern(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 10, 11: name[0] | 0x20 == UInt8(ascii: "t")
        case 7: name[0] | 0x20 == UInt8(ascii: "b")
        default: false
        }
    }

    @usableFromInline
    mutating func readCandidate(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if PropagationHeader.traceparent.matches(name) {
            guard let parsed = TraceParent.parts(value) else { return }
            rest?.beginContext(isFurther: spanID.isValid)
            (traceID, spanID, traceFlags) = parsed
        } else if PropagationHeader.tracestate.matches(name) {
            createdRest().traceState.append(value)
        } else if PropagationHeader.baggage.matches(name) {
            if readsBaggage { createdRest().baggage.append(value) }
        } else if PropagationHeader.isOurs(name) {
            createdRest().readInOtherCase(name, value, readsBaggage: readsBaggage)
        }
    }

    private mutating func createdRest() -> OptionalHeaders {
        if let rest { return rest }
        let created = OptionalHeaders()
        rest = created
        return created
    }
}

/// The headers of one message that most messages do not have. Owned by one reader.
@usableFromInline
final class OptionalHeaders {
    /// The tracestate of the last valid `traceparent`, `nil` without one.
    var traceState: TraceStateParser?
    var baggage: BaggageParser?
    /// Headers whose names are in another case.
    private var other = InOtherCase()

    private struct InOtherCase {
        var parent: (traceID: TraceID, spanID: SpanID, traceFlags: TraceFlags)?
        var traceState: TraceStateParser?
        var baggage: BaggageParser?
    }

    /// The tracestate of a lower-case `traceparent`. One in another case counts only if it has no `traceparent` of its own.
    @usableFromInline var traceStateInLowerCase: TraceState {
        (traceState ?? (other.parent == nil ? other.traceState : nil))?.finish() ?? TraceState()
    }

    /// A lower-case `traceparent` was read. The tracestate so far belongs to the writer before, if there was one.
    func beginContext(isFurther: Bool) {
        guard isFurther || other.parent != nil else { return }
        traceState = nil
        if other.parent == nil { other.traceState = nil }
    }

    var finishedBaggage: Baggage { (baggage ?? other.baggage)?.baggage ?? Baggage() }

    /// The context of a `traceparent` in another case.
    @usableFromInline var contextInOtherCase: SpanContext? {
        other.parent.map { parent in
            SpanContext(
                traceID: parent.traceID, spanID: parent.spanID, traceFlags: parent.traceFlags,
                traceState: (traceState ?? other.traceState)?.finish() ?? TraceState(), isRemote: true)
        }
    }

    func readInOtherCase(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, readsBaggage: Bool) {
        switch name.count {
        case PropagationHeader.traceparent.utf8CodeUnitCount:
            guard let parsed = TraceParent.parts(value) else { return }
            if other.parent != nil { other.traceState = nil }
            other.parent = parsed
        case PropagationHeader.tracestate.utf8CodeUnitCount: other.traceState.append(value)
        default: if readsBaggage { other.baggage.append(value) }
        }
    }
}

extension TraceStateParser? {
    fileprivate mutating func append(_ value: UnsafeRawBufferPointer) {
        var parser = take() ?? TraceStateParser()
        parser.append(value)
        self = parser
    }
}

extension BaggageParser? {
    fileprivate mutating func append(_ value: UnsafeRawBufferPointer) {
        var parser = take() ?? BaggageParser()
        parser.append(value)
        self = parser
    }
}

extension StaticString {
    @inline(__always)
    fileprivate func matches(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count == utf8CodeUnitCount, let start = name.baseAddress else { return false }
        return memcmp(start, utf8Start, name.count) == 0
    }
}
