public import TracingCore

/// The settling of messages: an acknowledgement, a rejection, a commit (conventions, "Settle"). End it exactly once.
///
/// A rejection that the broker accepted is a success; why a message was rejected is said on its process span.
public struct SettleOperation: Sendable {
    /// The settle span.
    public let span: TraceSpan
    let channel: MessageChannel
    let name: String
    let meterProvider: MeterProvider
    let partition: Int32
    let start: Timestamp

    /// The broker has taken it.
    public func succeed() { end(nil) }

    /// It is not settled.
    public func fail(_ failure: OperationFailure) { end(failure) }

    private func end(_ failure: OperationFailure?) {
        let end = Timestamp.now
        span.end(
            at: end, adding: failure.map { Attribute(MessagingAttribute.errorType, .string($0.errorType)) },
            status: failure.map { .error($0.description) } ?? .unset)
        channel.metrics.record(
            .settle, named: name, seconds: start.seconds(to: end), messages: 0, partition: partition,
            failure: failure, in: meterProvider)
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
            fail(OperationFailure(error))
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
        let backend = backend(in: active)
        let start = Timestamp.now
        let common = channel.settle(named: name)
        var attributes = Attributes(on: common.attributes, capacity: 3)
        MessageAttributes(instrumentation: self, operation: .settle).append(facts, to: &attributes)
        if !isSettlement { attributes[MessagingAttribute.operationType] = nil }
        if let messageCount { attributes.append(MessagingAttribute.batchMessageCount, .int(messageCount)) }
        let span = backend.startSpan(
            common.spanName, kind: .client, parent: .context(active), attributes: attributes, links: links,
            at: start, scope: scope)
        return SettleOperation(
            span: span, channel: channel, name: name, meterProvider: backend.meterProvider, partition: facts.partition,
            start: start)
    }
}
