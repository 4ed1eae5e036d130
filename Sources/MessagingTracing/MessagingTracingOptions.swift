/// What can be chosen about the spans of a client. The defaults are the conventions' and lose nothing.
public struct MessagingTracingOptions: Sendable, Hashable {
    /// What happens to a valid trace context that the author of a message put into its headers.
    public enum ExistingContext: Sendable, Hashable {
        /// It stays, the send span links to it.
        case keep
        /// It is replaced.
        case replace
    }

    /// Whether each message of a batch has a create span of its own, which its consumer links to. Off: all messages of a
    /// batch carry the send span's context.
    public var createSpans = true
    /// What happens to a context that a message's author gave it. A consumed message that is sent on carries history, which
    /// is always replaced.
    public var existingContext = ExistingContext.keep
    /// Whether consumer spans have a link without a target for a message without context, to carry its facts.
    public var linksWithoutContext = false
    /// Whether a pull that brought nothing has a span.
    public var emptyReceiveSpans = false
    /// Whether baggage is written into messages, where the backend propagates it (`OTEL_PROPAGATORS`). Messages are durable:
    /// what is in the baggage stays there.
    public var injectsBaggage = true
    /// Whether the key of a message is recorded.
    public var recordsKeys = true
    /// Whether `messaging.message.body.size` and `.envelope.size` are recorded (opt-in in the conventions).
    public var recordsSizes = false
    /// Whether the time in queue is recorded.
    public var recordsTimeInQueue = true
    /// Whether the status of a span has the whole text of an error that a handler threw. The text may hold a payload; by
    /// default the status has the name of the error's type.
    public var recordsErrorText = false
    /// Most links of a span. A batch span asks for as many as it has messages, up to this; more are counted as dropped.
    public var maxLinksPerSpan = 10_000
    /// Most bytes of headers that are written into a message: `traceparent` first, then `tracestate`, then `baggage`.
    public var maxHeaderBytes = 8_192

    /// The defaults.
    public init() {}
}
