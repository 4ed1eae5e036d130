public import TracingCore

extension MessagingInstrumentation {
    /// Records that a message was made, apart from its sending, and writes the context into its headers: its consumers link
    /// to this moment, and so does the send span later (conventions, "Create").
    ///
    /// - Returns: The create span, which has ended. It cannot be written.
    @discardableResult
    @inlinable
    public func recordCreate(_ message: inout some OutgoingMessage) -> TraceSpan {
        let active = ActiveContext.current
        let backend = backend(in: active)
        var facts = MessageFacts()
        message.state(&facts)
        let create = startCreate(facts, for: message.channel, in: active, backend)
        inject(create.span.handle, in: active, backend, into: &message)
        create.end()
        return create.span.handle
    }

    @usableFromInline
    func startCreate(
        _ facts: borrowing MessageFacts, for channel: MessageChannel, in active: ActiveContext,
        _ backend: TracingBackend
    ) -> CreateOperation {
        let facts = RetainedFacts(facts, keepsKey: options.recordsKeys)
        let span = backend.startMessagingSpan(
            channel.operation(.create), kind: .producer, parent: .context(active), at: .now, facts
        ) { MessageAttributes(instrumentation: self, operation: .create).append(facts, to: &$0) }
        return CreateOperation(span: span, channel: channel, facts: facts)
    }
}

/// The making of one message: a span that ends as soon as its context is injected.
@usableFromInline
struct CreateOperation {
    @usableFromInline let span: DeferredSpan
    let channel: MessageChannel
    let facts: RetainedFacts

    @usableFromInline
    func end() {
        let instrumentation = channel.instrumentation
        span.end(channel.operation(.create)) {
            MessageAttributes(instrumentation: instrumentation, operation: .create).append(facts, to: &$0)
        }
    }
}
