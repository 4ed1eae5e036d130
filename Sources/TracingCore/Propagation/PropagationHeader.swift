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
}
