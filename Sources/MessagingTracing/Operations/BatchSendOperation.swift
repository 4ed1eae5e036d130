public import TracingCore

/// The sending of several messages in one call (conventions, "Batch publishing"). End it exactly once.
public struct BatchSendOperation: Sendable {
    /// The send span.
    public let span: TraceSpan
    private let instrumentation: MessagingInstrumentation
    private let channels: [MessageChannel]
    private let meterProvider: MeterProvider
    private let start: Timestamp

    init(
        span: TraceSpan, instrumentation: MessagingInstrumentation, channels: [MessageChannel],
        meterProvider: MeterProvider, start: Timestamp
    ) {
        self.span = span
        self.instrumentation = instrumentation
        self.channels = channels
        self.meterProvider = meterProvider
        self.start = start
    }

    /// The broker has answered for every message.
    ///
    /// The span has failed when any message has; it says how the first one failed.
    ///
    /// - Parameters:
    ///   - failures: the messages that were not taken, by their position in the call.
    ///   - learned: what became known of the client only now; it is left out when the client said it from the start.
    public func end(failures: [Int: OperationFailure], learned: Attribute? = nil) {
        let end = Timestamp.now
        let first = failures.min { $0.key < $1.key }?.value
        span.end(
            at: end, adding: first.map { Attribute(MessagingAttribute.errorType, .string($0.errorType)) },
            learned.flatMap(instrumentation.news),
            status: first.map { .error($0.description) } ?? .unset)
        guard meterProvider.isEnabled, !channels.isEmpty else { return }
        countMessages(failures)
        let isOfOneChannel = channels.allSatisfy { $0 === channels[0] }
        let channel = isOfOneChannel ? channels[0] : instrumentation.anyDestination
        channel.metrics.record(
            .send, seconds: start.seconds(to: end), messages: 0, failure: first, in: meterProvider)
    }

    private func countMessages(_ failures: [Int: OperationFailure]) {
        var counts: [ObjectIdentifier: (channel: MessageChannel, failures: [OperationFailure?: Int])] = [:]
        for (index, channel) in channels.enumerated() {
            let failure = failures[index].map { OperationFailure(errorType: $0.errorType, description: "") }
            counts[ObjectIdentifier(channel), default: (channel, [:])].failures[failure, default: 0] += 1
        }
        for (channel, failures) in counts.values {
            for (failure, count) in failures {
                channel.metrics.record(.send, seconds: nil, messages: count, failure: failure, in: meterProvider)
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
        let start = Timestamp.now
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
                let create = create(facts, for: channel, in: active, backend)
                inject(create, in: active, backend, into: &messages[index])
                create.end()
                let external = backend.externalTracer == nil ? nil : create.activeContext
                // What is particular to the message is said on its create span.
                var common = MessageFacts()
                common.partition = facts.partition
                links.append(common, context: create.context, external: external, from: channel)
            } else {
                links.append(facts, context: .invalid, external: nil, from: channel)
                withoutContext.append(index)
            }
        }
        let span = startSend(
            links.build(), kind: withoutContext.isEmpty ? .client : .producer, in: active, backend, at: start)
        for index in withoutContext { inject(span, in: active, backend, into: &messages[index]) }
        return BatchSendOperation(
            span: span, instrumentation: self, channels: channels, meterProvider: backend.meterProvider, start: start)
    }

    private func startSend(
        _ links: MessageLinks?, kind: TraceSpan.Kind, in active: ActiveContext, _ backend: TracingBackend,
        at start: Timestamp
    ) -> TraceSpan {
        guard let links, backend.isObserving else { return TraceSpan(propagating: active.spanContext ?? .invalid) }
        let span = links.span(for: .send, isBatch: true)
        return backend.startSpan(
            span.name, kind: kind, parent: .context(active), attributes: span.attributes, links: links.spanLinks,
            linkLimit: options.maxLinksPerSpan, at: start, scope: scope)
    }
}
