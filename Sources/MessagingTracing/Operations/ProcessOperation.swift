public import TracingCore

/// The handling of one message or of a batch (conventions, "Process"). End it exactly once.
public struct ProcessOperation: Sendable {
    /// The process span.
    public let span: TraceSpan
    /// What is active while the handler runs: the span, and for a single message its baggage.
    public let activeContext: ActiveContext
    @usableFromInline let channel: MessageChannel
    let meterProvider: MeterProvider
    let partition: Int32
    let start: SpanInstant

    /// Runs the handler with the span active and ends the operation with it; rethrows what the handler throws.
    ///
    /// The handler runs in the caller's isolation.
    @inlinable
    public func run<Result>(
        isolation: isolated (any Actor)? = #isolation, _ handler: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await activeContext.withActive(isolation: isolation, handler)
            succeed()
            return result
        } catch {
            fail(channel.instrumentation.failure(of: error))
            throw error
        }
    }

    /// The handler returned.
    public func succeed() {
        let end = start.end
        span.end(at: end)
        channel.metrics.series(.process, partition: partition, in: meterProvider)?.duration
            .record(start.time.seconds(to: end), context: span.context)
    }

    /// The handler failed.
    public func fail(_ failure: OperationFailure) {
        let end = start.end
        span.end(
            at: end, adding: Attribute(MessagingAttribute.errorType, .string(failure.errorType)),
            status: .error(failure.description))
        channel.metrics.record(
            .process, seconds: start.time.seconds(to: end), messages: 0, partition: partition, failure: failure,
            context: span.context, in: meterProvider)
    }
}

extension MessagingInstrumentation {
    /// Starts the handling of a batch: one span with a link to the producer of every message.
    ///
    /// - Parameters:
    ///   - messages: the batch.
    ///   - name: the span's name, where the conventions' `process <destination>` is not wanted.
    ///   - loop: the loop that the batch came from; without one, what is active is the parent.
    public func startProcess(_ messages: MessageLinks, name: String? = nil, in loop: ConsumerLoop?) -> ProcessOperation
    {
        let active = ActiveContext.current
        let backend = backend(in: active)
        let start = SpanInstant.now
        let channel = messages.spanChannel
        let span = backend.startSpan(
            channel.operation(.process), kind: .consumer, parent: loop?.parent(in: active, backend) ?? .context(active),
            attributes: messages.spanAttributes(for: .process, isBatch: true), links: messages.spanLinks,
            linkLimit: options.maxLinksPerSpan, at: start)
        if let name { span.updateName(name) }
        return ProcessOperation(
            span: span, activeContext: span.activeContext, channel: channel,
            meterProvider: backend.meterProvider, partition: messages.commonPartition, start: start)
    }

    /// Starts the handling of a single message: a span with a link to its producer; the message's baggage is active.
    @inlinable
    public func startProcess(
        _ message: borrowing some TracedMessage, parent: ConsumerSpanParent = .ownTrace, in loop: ConsumerLoop?
    ) -> ProcessOperation {
        let active = ActiveContext.current
        let backend = backend(in: active)
        var facts = MessageFacts()
        message.state(&facts)
        let brought: BroughtContext
        if let external = backend.externalTracer {
            brought = BroughtContext(external: ExternalHeaders.extract(message, external))
        } else {
            let formats = backend.propagatedFormats
            var reader = MessageContextReader(baggage: formats.contains(.baggage))
            message.readHeaders { name, value in reader.read(name: name, value: value) }
            brought = BroughtContext(reader, formats)
        }
        return startProcess(facts, brought, from: message.channel, parent: parent, loop, in: active, backend)
    }

    @usableFromInline
    func startProcess(
        _ facts: MessageFacts, _ brought: BroughtContext, from channel: MessageChannel, parent: ConsumerSpanParent,
        _ loop: ConsumerLoop?, in active: ActiveContext, _ backend: TracingBackend
    ) -> ProcessOperation {
        let start = SpanInstant.now
        let template = channel.operation(.process)
        let retained = RetainedFacts(facts, keepsKey: options.recordsKeys)
        var attributes = AttributeFacts.withList { list in
            MessageAttributes(instrumentation: self, operation: .process).append(retained, to: &list)
            if options.recordsTimeInQueue, let timestamp = facts.timestamp {
                let waited = TimeInQueue.nanoseconds(from: timestamp, to: start.time)
                list.append(MessagingKey.timeInQueue, Double(waited) / 1e9)
            }
            return Attributes(on: template.attributes, adding: list)
        }
        if !retained.isPlain, let more = retained.optional?.attributes { attributes.merge(more) }
        let ambient = loop?.parent(in: active, backend) ?? .context(active)
        let family = brought.family(parent, ambient: ambient, backend)
        let span = backend.startSpan(
            template, kind: .consumer, parent: family.parent, attributes: attributes, links: family.links, at: start)
        var context = span.activeContext
        if !brought.baggage.isEmpty { context = context.with(baggage: brought.baggage) }
        return ProcessOperation(
            span: span, activeContext: context, channel: channel, meterProvider: backend.meterProvider,
            partition: facts.partition, start: start)
    }
}
