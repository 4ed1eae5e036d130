extension TraceSpan {
    /// How an operation ended (OpenTelemetry trace API, "Set Status").
    public enum Status: Sendable, Hashable {
        /// Nothing said: the operation is taken to have succeeded.
        case unset
        /// A developer says that it succeeded. Final: nothing overrides it.
        case ok
        /// It failed. The description is for people and repeats no code.
        case error(_ description: String = "")

        /// The status after `other` was set on top: Ok over Error over Unset.
        func setting(_ other: Status) -> Status {
            switch (self, other) {
            case (.ok, _), (_, .unset): self
            default: other
            }
        }
    }
}
