/// The kinds of exchange. Plug-ins bring more: give their name.
public struct AMQPExchangeType: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The broker's name of it.
    public var name: String

    /// A type by its name.
    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { name = value }

    /// To queues that are bound with the message's routing key.
    public static let direct = AMQPExchangeType("direct")
    /// To all queues that are bound.
    public static let fanout = AMQPExchangeType("fanout")
    /// To queues that are bound with a pattern of the routing key.
    public static let topic = AMQPExchangeType("topic")
    /// To queues that are bound with headers that the message has.
    public static let headers = AMQPExchangeType("headers")
}

/// What a broker says of a queue.
public struct AMQPQueue: Sendable, Hashable {
    /// Its name, which the broker chose if none was given.
    public var name: String
    /// How many messages are ready.
    public var messageCount: Int
    /// How many consumers it has.
    public var consumerCount: Int
}

// What is there on the broker. All of these throw AMQPError with the broker's reply code and text, which closes the channel.
extension AMQPChannel {
    /// Declares an exchange: makes it, or checks that the one that is there has these properties (`exchange.declare`).
    ///
    /// - Parameters:
    ///   - durable: it is there again after the broker has started anew. Unless said, it is, if it is not `autoDelete`.
    ///   - autoDelete: it goes away with the last that is bound to it.
    ///   - passive: only check that it is there.
    ///   - isInternal: only exchanges can publish to it.
    /// - Throws: ``AMQPError``: `preconditionFailed`, `notFound`, `accessRefused`, …
    public nonisolated(nonsending) func declareExchange(
        _ name: String, type: AMQPExchangeType = .direct, durable: Bool? = nil, autoDelete: Bool = false,
        isInternal: Bool = false, passive: Bool = false, arguments: AMQPTable = [:]
    ) async throws {
        try await core.call(
            .declareExchange(
                .init(
                    name: name, type: type.name, passive: passive, durable: durable ?? !autoDelete,
                    autoDelete: autoDelete,
                    isInternal: isInternal, arguments: arguments)), on: id)
    }

    /// Declares a queue: makes it, or checks that the one that is there has these properties (`queue.declare`).
    ///
    /// - Parameters:
    ///   - name: empty for one that the broker chooses.
    ///   - durable: it, and the persistent messages in it, are there again after the broker has started anew. Unless said, it
    ///     is, if it does not go away by itself: neither `exclusive` nor `autoDelete`.
    ///   - exclusive: for this connection alone; it goes away with it. Unless said, a queue is that the broker names.
    ///   - autoDelete: it goes away with its last consumer. When it has lost the last of this connection, it does not come back
    ///     after a lost connection.
    ///   - passive: only check that it is there.
    /// - Throws: ``AMQPError``: `preconditionFailed`, `notFound`, `resourceLocked`, `accessRefused`, …
    @discardableResult
    public nonisolated(nonsending) func declareQueue(
        _ name: String = "", durable: Bool? = nil, exclusive: Bool? = nil, autoDelete: Bool = false,
        passive: Bool = false, arguments: AMQPTable = [:]
    ) async throws -> AMQPQueue {
        let exclusive = exclusive ?? name.isEmpty
        let answer = try await core.call(
            .declareQueue(
                .init(
                    name: name, passive: passive, durable: durable ?? !(exclusive || autoDelete),
                    exclusive: exclusive, autoDelete: autoDelete,
                    arguments: arguments)), on: id)
        guard case .queue(let name, let messages, let consumers) = answer else {
            return AMQPQueue(name: name, messageCount: 0, consumerCount: 0)
        }
        return AMQPQueue(name: name, messageCount: Int(messages), consumerCount: Int(consumers))
    }

    /// Binds a queue to an exchange (`queue.bind`).
    public nonisolated(nonsending) func bindQueue(
        _ queue: String, to exchange: String, routingKey: String = "", arguments: AMQPTable = [:]
    ) async throws {
        try await core.call(.bindQueue(binding(queue, exchange, routingKey, arguments)), on: id)
    }

    /// Takes a binding of a queue away (`queue.unbind`).
    public nonisolated(nonsending) func unbindQueue(
        _ queue: String, from exchange: String, routingKey: String = "", arguments: AMQPTable = [:]
    ) async throws {
        try await core.call(.unbindQueue(binding(queue, exchange, routingKey, arguments)), on: id)
    }

    /// Binds an exchange to another, from which it gets messages (`exchange.bind`, of RabbitMQ).
    public nonisolated(nonsending) func bindExchange(
        _ exchange: String, to source: String, routingKey: String = "", arguments: AMQPTable = [:]
    ) async throws {
        try await core.call(.bindExchange(binding(exchange, source, routingKey, arguments)), on: id)
    }

    /// Takes a binding of an exchange away (`exchange.unbind`, of RabbitMQ).
    public nonisolated(nonsending) func unbindExchange(
        _ exchange: String, from source: String, routingKey: String = "", arguments: AMQPTable = [:]
    ) async throws {
        try await core.call(.unbindExchange(binding(exchange, source, routingKey, arguments)), on: id)
    }

    /// Deletes a queue; how many messages went with it. None is no error.
    @discardableResult
    public nonisolated(nonsending) func deleteQueue(
        _ name: String, ifUnused: Bool = false, ifEmpty: Bool = false
    ) async throws -> Int {
        return count(
            of: try await core.call(.deleteQueue(name, ifUnused: ifUnused, ifEmpty: ifEmpty), on: id))
    }

    /// Deletes an exchange. None is no error.
    public nonisolated(nonsending) func deleteExchange(_ name: String, ifUnused: Bool = false) async throws {
        try await core.call(.deleteExchange(name, ifUnused: ifUnused), on: id)
    }

    /// Drops the messages of a queue that nobody holds; how many there were.
    @discardableResult
    public nonisolated(nonsending) func purgeQueue(_ name: String) async throws -> Int {
        return count(of: try await core.call(.purgeQueue(name), on: id))
    }

    private func count(of answer: Answer) -> Int {
        if case .count(let count) = answer { Int(count) } else { 0 }
    }

    private func binding(
        _ destination: String, _ source: String, _ routingKey: String, _ arguments: AMQPTable
    ) -> Request.Binding {
        Request.Binding(destination: destination, source: source, routingKey: routingKey, arguments: arguments)
    }
}
