public import TracingCore

/// The settling of messages: an acknowledgement, a rejection, a commit (conventions, "Settle"). End it exactly once.
///
/// A rejection that the broker accepted is a success; why a message was rejected is said on its process span.
public struct SettleOperation: Sendable {
    private let span: DeferredSpan
    private let template: SpanTemplate
    private let channel: MessageChannel
    private let name: String
    private let facts: RetainedFacts
    private let messageCount: Int?
    private let links: SpanLinks
    private let meterProvider: MeterProvider

    fileprivate init(
        _ name: String, template: SpanTemplate, channel: MessageChannel, facts: RetainedFacts, messageCount: Int?,
        links: SpanLinks, _ backend: TracingBackend, in active: ActiveContext
    ) {
        self.name = name
        self.template = template
        self.channel = channel
        self.facts = facts
        self.messageCount = messageCount
        self.links = links
        self.meterProvider = backend.meterProvider
        let instrumentation = channel.instrumentation
        self.span = backend.startMessagingSpan(
            template, kind: .client, parent: .context(active), links: links, at: .now, facts
        ) { Self.append(facts, messageCount, instrumentation, to: &$0) }
    }

    /// The identity of the settle span.
    public var spanContext: SpanContext { span.context }

    /// The broker has settled the messages.
    public func succeed() { end(nil) }

    /// The messages are not settled.
    public func fail(_ failure: OperationFailure) { end(failure) }

    private func end(_ failure: OperationFailure?) {
        let end = span.start.end
        let instrumentation = channel.instrumentation
        span.end(
            template, at: end, links: links, status: failure.map { .error($0.description) } ?? .unset,
            attributes: { Self.append(facts, messageCount, instrumentation, to: &$0) },
            lateAttributes: { list in
                if let failure { list.append(MessagingKey.errorType, failure.errorType) }
            })
        channel.metrics.record(
            .settle, named: name, seconds: span.start.time.seconds(to: end), messages: 0, partition: facts.partition,
            failure: failure, context: span.context, in: meterProvider)
    }

    private static func append(
        _ facts: RetainedFacts, _ messageCount: Int?, _ instrumentation: MessagingInstrumentation,
        to list: inout AttributeFacts
    ) {
        MessageAttributes(instrumentation: instrumentation, operation: .settle).append(facts, to: &list)
        if let messageCount { list.append(MessagingKey.batchMessageCount, messageCount) }
    }

    /// Runs `body` and ends the operation with it; rethrows what it throws.
    public func run<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            succeed()
            return result
        } catch {
            fail(channel.instrumentation.failure(of: error))
            throw error
        }
    }
}

extension MessagingInstrumentation {
    /// Starts to settle a message, or several.
    ///
    /// - Parameters:
    ///   - name: what the system calls it, such as `commit`, `ack` or `nack`.
    ///   - channel: where the messages came from.
    ///   - facts: what is said of a single message, or what all have in common.
    ///   - messageCount: how many messages are settled by a call that may settle several; `nil` for a single one, and when
    ///     nobody knows.
    ///   - links: what it refers to, say the receive span when nothing is active.
    ///   - isSettlement: whether it settles at all; what only prolongs a deadline, say, has a name but no type.
    public func startSettle(
        _ name: String, from channel: MessageChannel, _ facts: MessageFacts = MessageFacts(), messageCount: Int? = nil,
        links: SpanLinks = .none, isSettlement: Bool = true
    ) -> SettleOperation {
        let active = ActiveContext.current
        return SettleOperation(
            name, template: isSettlement ? channel.settle(named: name) : channel.untypedSettle(named: name),
            channel: channel, facts: RetainedFacts(facts), messageCount: messageCount, links: links,
            backend(in: active), in: active)
    }
}
