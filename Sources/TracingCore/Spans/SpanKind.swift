extension TraceSpan {
    /// The role of a span in its trace (OpenTelemetry trace API, "SpanKind"). Raw values are OTLP's.
    public enum Kind: Int, Sendable, Hashable, CaseIterable {
        /// Work inside a process.
        case `internal` = 1
        /// A synchronous request that was received.
        case server = 2
        /// A request that was made.
        case client = 3
        /// A message whose own context travels with it.
        case producer = 4
        /// The handling of messages that others produced.
        case consumer = 5
    }
}
