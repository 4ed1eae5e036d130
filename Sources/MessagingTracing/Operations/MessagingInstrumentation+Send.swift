public import TracingCore

extension MessagingInstrumentation {
    /// Starts the sending of one message and writes the context into its headers.
    ///
    /// A valid context that the message's author put there stays, unless the options say otherwise: the span is then a
    /// CLIENT that links to it. Else the span is the PRODUCER whose own context the message carries.
    @inlinable
    public func startSend(_ message: inout some OutgoingMessage) -> SendOperation {
        startObservedSend(&message) ?? SendOperation(unobservedTo: message.channel)
    }

    /// The same, but `nil` when nothing is recorded. The active context, if any, is passed on all the same.
    @inlinable
    public func startObservedSend(_ message: inout some OutgoingMessage) -> SendOperation? {
        let active = ActiveContext.current
        let backend = backend(in: active)
        guard backend.isObserving else {
            guard !active.isNone, authoredContext(of: &message, backend) == nil else { return nil }
            inject(active.span, in: active, backend, into: &message)
            return nil
        }
        let authored = authoredContext(of: &message, backend)
        var facts = MessageFacts()
        message.state(&facts)
        let operation = startSend(facts, to: message.channel, in: active, backend, authored: authored)
        if authored == nil { inject(operation.span.handle, in: active, backend, into: &message) }
        return operation
    }

    @usableFromInline
    func startSend(
        _ facts: borrowing MessageFacts, to channel: MessageChannel, in active: ActiveContext,
        _ backend: TracingBackend, authored: AuthoredContext?
    ) -> SendOperation {
        let facts = RetainedFacts(facts, keepsKey: options.recordsKeys)
        let links = authored?.links ?? .none
        let span = backend.startMessagingSpan(
            channel.operation(.send), kind: authored == nil ? .producer : .client, parent: .context(active),
            links: links, at: .now, facts
        ) { MessageAttributes(instrumentation: self, operation: .send).append(facts, to: &$0) }
        return SendOperation(
            span: span, channel: channel, facts: facts, links: links, meterProvider: backend.measuringProvider)
    }
}
