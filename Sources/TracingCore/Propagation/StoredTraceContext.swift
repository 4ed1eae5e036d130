/// A context to keep beside a row or a queue item, so that work done later can link to who stored it.
///
/// Encodes as an object of the headers' names: `{"traceparent": "…", "tracestate": "…", "baggage": "…"}`, absent ones
/// left out. Any strings decode; what is not valid reads as `nil`.
public struct StoredTraceContext: Sendable, Hashable, Codable {
    /// The value of a `traceparent` header.
    public var traceparent: String
    /// The value of a `tracestate` header.
    public var tracestate: String?
    /// The value of a `baggage` header.
    public var baggage: String?

    /// Takes header values as they are, such as from columns of their own.
    public init(traceparent: String, tracestate: String? = nil, baggage: String? = nil) {
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.baggage = baggage
    }

    /// Keeps a context, and what of `baggage` fits a header. An invalid context reads back as `nil`.
    public init(_ context: SpanContext, baggage: Baggage? = nil) {
        self.init(
            traceparent: TraceParent.string(context),
            tracestate: context.traceState.isEmpty ? nil : context.traceState.headerValue,
            baggage: baggage.map(\.headerValue).flatMap { $0.isEmpty ? nil : $0 })
    }

    /// The context as a remote one; `nil` if ``traceparent`` is invalid. An invalid ``tracestate`` is left out.
    public var spanContext: SpanContext? {
        guard var context = TraceParent.parse(traceparent) else { return nil }
        if let state = tracestate.flatMap(TraceState.init(parsing:)) { context.traceState = state }
        return context
    }

    /// The valid entries of ``baggage``; `nil` if there is none.
    public var storedBaggage: Baggage? { baggage.flatMap(Baggage.init(header:)) }
}

extension StoredTraceContext: CustomStringConvertible {
    public var description: String { [traceparent, tracestate, baggage].compactMap(\.self).joined(separator: " ") }
}
