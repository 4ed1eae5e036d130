public import TracingCore

/// The sending of several messages in one call (conventions, "Batch publishing"). End it exactly once.
public struct BatchSendOperation: Sendable {
    private let span: DeferredSpan
    private let links: MessageLinks?
    private let instrumentation: MessagingInstrumentation
    private let channels: [MessageChannel]
    private let meterProvider: MeterProvider

    fileprivate init(
        span: DeferredSpan, links: MessageLinks?, instrumentation: MessagingInstrumentation,
        channels: [MessageChannel], meterProvider: MeterProvider
    ) {
        self.span = span
        self.links = links
        self.instrumentation = instrumentation
        self.channels = channels
        self.meterProvider = meterProvider
    }

    /// The identity of the send span.
    public var spanContext: SpanContext { span.context }

    /// The broker has answered for every message.
    ///
    /// The span has failed when any message has; it says how the first one failed.
    ///
    /// - Parameters:
    ///   - failures: the messages that were not taken, by their position in the call.
    ///   - learned: what became known of the client only now; it is left out when the client said it from the start.
    public func end(failures: [Int: OperationFailure], learned: Attribute? = nil) {
        let end = span.start.end
        let first = failures.min { $0.key < $1.key }?.value
        if let links {
            span.end(
                links.spanChannel.operation(.send), at: end, links: links.spanLinks,
                linkLimit: instrumentation.options.maxLinksPerSpan,
                status: first.map { .error($0.description) } ?? .unset,
                attributes: { links.appendSpanFacts(for: .send, isBatch: true, to: &$0) },
                lateAttributes: { list in
                    if let first { list.append(MessagingKey.errorType, first.errorType) }
                    if let learned, let new = instrumentation.news(learned) { _ = list.append(new) }
                })
        }
        guard meterProvider.isEnabled, !channels.isEmpty else { return }
        countMessages(failures)
        let isOfOneChannel = channels.allSatisfy { $0 === channels[0] }
        let channel = isOfOneChannel ? channels[0] : instrumentation.anyDestination
        channel.metrics.record(
            .send, seconds: span.start.time.seconds(to: end), messages: 0, failure: first, context: span.context,
            in: meterProvider)
    }

    private func countMessages(_ failures: [Int: OperationFailure]) {
        var counts: [ObjectIdentifier: (channel: MessageChannel, failures: [OperationFailure?: Int])] = [:]
        for (index, channel) in channels.enumerated() {
            let failure = failures[index].map { OperationFailure(errorType: $0.errorType, description: "") }
            counts[ObjectIdentifier(channel), default: (channel, [:])].failures[failure, default: 0] += 1
        }
        for (channel, failures) in counts.values {
            for (failure, count) in failures {
                channel.metrics.record(
                    .send, seconds: nil, messages: count, failure: failure, context: span.context, in: meterProvider)
            }
        }
    }
}

extension MessagingInstrumentation {
    /// Starts the sending of several messages and writes a context into the headers of each.
    ///
    /// With create spans (the default) each message carries the context of its own, and the send span, a CLIENT, links to
    /// all of them. Without, all carry the send span's, a PRODUCER. A valid context that a message's author put there stays
    /// and is linked, unless the options say otherwise.
    public func startBatchSend<Message: OutgoingMessage>(_ messages: inout [Message]) -> BatchSendOperation {
        let active = ActiveContext.current
        let backend = backend(in: active)
        let start = SpanInstant.now
        var links = MessageLinksBuilder(self, operation: .send, backend: backend, capacity: messages.count)
        var channels: [MessageChannel] = []
        channels.reserveCapacity(messages.count)
        var withoutContext: [Int] = []
        for index in messages.indices {
            var facts = MessageFacts()
            messages[index].state(&facts)
            let channel = messages[index].channel
            channels.append(channel)
            if let authored = authoredContext(of: &messages[index], backend) {
                links.append(facts, context: authored.spanContext, external: authored.external, from: channel)
            } else if options.createSpans, backend.isObserving {
                let create = startCreate(facts, for: channel, in: active, backend)
                let span = create.span.handle
                inject(span, in: active, backend, into: &messages[index])
                create.end()
                let external = backend.externalTracer == nil ? nil : span.activeContext
                // What is particular to the message is said on its create span.
                var common = MessageFacts()
                common.partition = facts.partition
                links.append(common, context: span.context, external: external, from: channel)
            } else {
                links.append(facts, context: .invalid, external: nil, from: channel)
                withoutContext.append(index)
            }
        }
        let built = links.build()
        let span = startSend(
            built, kind: withoutContext.isEmpty ? .client : .producer, in: active, backend, at: start)
        for index in withoutContext { inject(span.handle, in: active, backend, into: &messages[index]) }
        return BatchSendOperation(
            span: span, links: built, instrumentation: self, channels: channels, meterProvider: backend.meterProvider)
    }

    private func startSend(
        _ links: MessageLinks?, kind: TraceSpan.Kind, in active: ActiveContext, _ backend: TracingBackend,
        at start: SpanInstant
    ) -> DeferredSpan {
        guard let links, backend.isObserving else { return DeferredSpan(propagating: active.spanContext ?? .invalid) }
        return backend.startMessagingSpan(
            links.spanChannel.operation(.send), kind: kind, parent: .context(active), links: links.spanLinks,
            linkLimit: options.maxLinksPerSpan, at: start, links.factsOfOnlyMessage
        ) { links.appendSpanFacts(for: .send, isBatch: true, to: &$0) }
    }
}
