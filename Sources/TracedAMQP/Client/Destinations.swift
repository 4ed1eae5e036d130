internal import MessagingTracing
import SpanlinkRuntime

/// What spans say of each exchange, routing key and queue, spelled out once; made anew when the broker's node changes.
final class Destinations: Sendable {
    private struct Key: Hashable {
        let exchange: String
        let routingKey: String
        /// Nil for who publishes.
        let queue: String?
    }

    private struct State {
        var instrumentation: MessagingInstrumentation
        var channels: [Key: MessageChannel] = [:]
    }

    private let state: Mutex<State>
    private let template: (@Sendable (String, String, String?) -> String?)?

    /// Routing keys may be many: beyond this all are spelled out again.
    private static let limit = 4_096

    init(_ instrumentation: MessagingInstrumentation, _ configuration: AMQPConnection.Configuration) {
        state = Mutex(State(instrumentation: instrumentation))
        template = configuration.destinationTemplate
    }

    var instrumentation: MessagingInstrumentation { state.withLock(\.instrumentation) }

    /// Which node the connection is to.
    func connected(to peer: PeerAddress?) {
        state.withLock { state in
            var facts = state.instrumentation.clientFacts
            guard facts.peerAddress != peer?.host || facts.peerPort != peer?.port else { return }
            facts.peerAddress = peer?.host
            facts.peerPort = peer?.port
            state.instrumentation = state.instrumentation.with(client: facts)
            state.channels = [:]
        }
    }

    /// - Parameter isTemporary: whether the queue goes away by itself; asked once.
    func channel(
        exchange: String, routingKey: String, queue: String? = nil, isTemporary: (String) -> Bool = { _ in false }
    ) -> MessageChannel {
        let key = Key(exchange: exchange, routingKey: routingKey, queue: queue)
        if let known = state.withLock({ $0.channels[key] }) { return known }
        var destination = MessageDestination.rabbitmq(
            exchange: exchange, routingKey: routingKey, queue: queue,
            isTemporary: isTemporary(queue ?? (exchange.isEmpty ? routingKey : "")))
        destination.template = template?(exchange, routingKey, queue)
        return state.withLock { state in
            let channel = state.instrumentation.channel(to: destination)
            if state.channels.count >= Self.limit { state.channels = [:] }
            state.channels[key] = channel
            return channel
        }
    }
}
