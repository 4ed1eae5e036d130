extension TraceSpan {
    /// A reference from one span to another, often in another trace (OpenTelemetry trace API, "Link").
    public struct Link: Sendable, Hashable {
        /// What the link points at. A link with an invalid context is kept for its attributes.
        public var context: SpanContext
        /// What is known of the linked operation, say a message's offset.
        public var attributes: Attributes
        /// How many attributes were over the limit.
        public var droppedAttributesCount = 0

        /// A link to `context`.
        public init(_ context: SpanContext, attributes: Attributes = [:]) {
            self.context = context
            self.attributes = attributes
        }

        /// Whether the link refers to anything or says anything; the specification drops one that does neither.
        package var isMeaningful: Bool { context.isValid || !attributes.isEmpty || !context.traceState.isEmpty }

        /// A rough size in bytes, by which queues bound their memory.
        var estimatedSize: Int { 96 + attributes.estimatedSize }
    }
}
