public import TracingCore

extension MessagingInstrumentation {
    /// Records that a message was made, apart from its sending, and writes the context into its headers: its consumers link
    /// to this moment, and so does the send span later (conventions, "Create").
    ///
    /// - Returns: the create span, which has ended.
    @discardableResult
    @inlinable
    public func recordCreate(_ message: inout some OutgoingMessage) -> TraceSpan {
        let active = ActiveContext.current
        let backend = backend(in: active)
        var facts = MessageFacts()
        message.state(&facts)
        let span = create(facts, for: message.channel, in: active, backend)
        inject(span, in: active, backend, into: &message)
        span.end()
        return span
    }

    @usableFromInline
    func create(
        _ facts: MessageFacts, for channel: MessageChannel, in active: ActiveContext, _ backend: TracingBackend
    ) -> TraceSpan {
        let common = channel.operation(.create)
        var attributes = Attributes(on: common.attributes, capacity: 4)
        MessageAttributes(instrumentation: self, operation: .create).append(facts, to: &attributes)
        return backend.startSpan(
            common.spanName, kind: .producer, parent: .context(active), attributes: attributes, scope: scope)
    }
}
