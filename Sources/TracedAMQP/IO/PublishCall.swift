internal import MessagingTracing
import SpanlinkRuntime

/// A message on its way to the broker, until it has an answer. Its span ends with the answer, in every path.
final class PublishCall: Command {
    let channel: ChannelHalves
    let exchange: String
    let routingKey: String
    let mandatory: Bool
    /// With the headers of the trace.
    let message: AMQPMessage
    /// How many bytes the frame of the message's header has, at most.
    let headerFrameSize: Int
    private let target: Target

    enum Target: Sendable {
        /// A task that waits, and the span of its message.
        case task(UnsafeContinuation<AMQPError?, Never>, SendOperation)
        /// One of several that are sent in one call.
        case batch(PublishGroup, index: Int)
    }

    init(
        _ message: AMQPMessage, headerFrameSize: Int, exchange: String, routingKey: String, mandatory: Bool,
        on channel: ChannelHalves, _ target: Target
    ) {
        self.message = message
        self.headerFrameSize = headerFrameSize
        self.exchange = exchange
        self.routingKey = routingKey
        self.mandatory = mandatory
        self.channel = channel
        self.target = target
    }

    var survivesReconnect: Bool { true }
    var isPublish: Bool { true }

    func perform(on loop: ConnectionLoop) { if let error = loop.publish(self) { fail(error) } }
    func fail(_ error: AMQPError) { complete(error) }

    /// The answer is there.
    func complete(_ error: AMQPError?) {
        switch target {
        case .task(let continuation, let operation):
            if let error { operation.fail(OperationFailure(error)) } else { operation.succeed() }
            continuation.resume(returning: error)
        case .batch(let group, let index): group.complete(index, error)
        }
    }

    /// It went out, and its answer will never come.
    func outcomeIsUnknown(_ reason: AMQPError) {
        complete(
            AMQPError(
                .outcomeUnknown,
                "The connection was lost before the broker confirmed: the message may have arrived. "
                    + reason.message))
    }

    /// Whether the broker's words on a message that it refused are about this one: RabbitMQ names the exchange, and over
    /// permissions by topic the routing key as well.
    func isMeant(by text: String) -> Bool {
        // What it calls the default exchange.
        let exchange = exchange.isEmpty ? "amq.default" : exchange
        return text.contains("exchange '\(exchange)'")
            && (!text.contains("topic '") || text.contains("topic '\(routingKey)'"))
    }

    /// What a return of it would look like.
    var likeness: PublisherConfirms<PublishCall>.Likeness? {
        guard mandatory else { return nil }
        return .init(
            exchange: exchange, routingKey: routingKey, headers: message.properties.headers,
            messageID: message.properties.messageID, bodySize: message.body.count)
    }
}

/// A message that is sent again, as a lost connection took away its answer. Nobody knows what became of it the first time.
final class ResentPublish: Command {
    private let call: PublishCall

    init(_ call: PublishCall) { self.call = call }

    var survivesReconnect: Bool { true }
    var isPublish: Bool { true }

    func perform(on loop: ConnectionLoop) { if let error = loop.publish(call) { fail(error) } }
    func fail(_ error: AMQPError) { call.outcomeIsUnknown(error) }
}

/// Messages that are sent in one call: one span, and one task that waits for all answers.
final class PublishGroup: Sendable {
    private struct State {
        var missing: Int
        var failures: [Int: AMQPError] = [:]
    }

    private let state: Mutex<State>
    private let operation: BatchSendOperation
    private let continuation: UnsafeContinuation<[Int: AMQPError], Never>

    init(
        count: Int, _ operation: BatchSendOperation, _ continuation: UnsafeContinuation<[Int: AMQPError], Never>
    ) {
        state = Mutex(State(missing: count))
        self.operation = operation
        self.continuation = continuation
    }

    func complete(_ index: Int, _ error: AMQPError?) {
        let failures: [Int: AMQPError]? = state.withLock { state in
            if let error { state.failures[index] = error }
            state.missing -= 1
            return state.missing == 0 ? state.failures : nil
        }
        guard let failures else { return }
        operation.end(failures: failures.mapValues { OperationFailure($0) })
        continuation.resume(returning: failures)
    }
}
