/// What identifies a span to others and crosses process boundaries (OpenTelemetry trace API, "SpanContext").
///
/// A small value: no heap memory unless there is a tracestate.
public struct SpanContext: Sendable, Hashable {
    /// The trace that the span belongs to.
    public var traceID: TraceID
    /// The span within it.
    public var spanID: SpanID
    /// Entries of tracing systems that took part in the trace.
    public var traceState: TraceState
    /// Whether the span was sampled, and what its trace id is good for.
    public var traceFlags: TraceFlags
    /// Whether the context was extracted from a carrier; `false` for spans of this process.
    public var isRemote: Bool

    /// A context of its parts; invalid ids make an invalid context.
    @inlinable
    public init(
        traceID: TraceID, spanID: SpanID, traceFlags: TraceFlags = [], traceState: TraceState = TraceState(),
        isRemote: Bool = false
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.traceState = traceState
        self.traceFlags = traceFlags
        self.isRemote = isRemote
    }

    /// The context of no span.
    @inlinable
    public static var invalid: SpanContext { SpanContext(traceID: .invalid, spanID: .invalid) }

    /// Whether both ids are valid; only then may the context be propagated or linked.
    @inlinable
    public var isValid: Bool { traceID.isValid && spanID.isValid }

    /// Whether the `sampled` flag is set.
    @inlinable
    public var isSampled: Bool { traceFlags.contains(.sampled) }
}

extension SpanContext: CustomStringConvertible {
    /// The value of the `traceparent` header, the tracestate if there is one, and whether the context is remote.
    public var description: String {
        guard isValid else { return "invalid" }
        let state = traceState.isEmpty ? "" : " \(traceState)"
        return TraceParent.string(self) + state + (isRemote ? " (remote)" : "")
    }
}
