/// The names of the headers that carry context, in the lower case in which they are written.
///
/// `StaticString` gives C libraries a terminated name without an allocation; `description` is the `String`.
public enum PropagationHeader {
    /// Trace id, span id and flags (W3C Trace Context).
    @inlinable
    public static var traceparent: StaticString { "traceparent" }

    /// Entries of tracing systems (W3C Trace Context).
    @inlinable
    public static var tracestate: StaticString { "tracestate" }

    /// The application's own key-values (W3C Baggage).
    @inlinable
    public static var baggage: StaticString { "baggage" }

    /// Whether a header of a message has one of these names, whatever the case of its letters.
    package static func isOurs(_ name: UnsafeRawBufferPointer) -> Bool {
        isSame(name, traceparent) || isSame(name, tracestate) || isSame(name, baggage)
    }

    /// Whether two header names are the same, whatever the case of their ASCII letters.
    @usableFromInline
    package static func isSame(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
        isSame(name, UnsafeRawBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    /// Whether two header names are the same, whatever the case of their ASCII letters.
    package static func isSame(_ name: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        name.count == other.count && zip(name, other).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
