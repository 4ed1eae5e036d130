extension MessageDestination {
    /// What the conventions call a destination on RabbitMQ ("RabbitMQ", `messaging.destination.name`):
    /// `{exchange}:{routing key}` for who publishes, `{exchange}:{routing key}:{queue}` for who consumes, without the parts
    /// that are empty, and `amq.default` when all are.
    ///
    /// - Parameters:
    ///   - queue: the queue that was consumed from; `nil` for who publishes.
    ///   - isTemporary: whether the queue is known to go away by itself.
    public static func rabbitmq(
        exchange: String, routingKey: String, queue: String? = nil, isTemporary: Bool = false
    ) -> MessageDestination {
        var parts = [exchange, routingKey]
        if let queue, queue != routingKey { parts.append(queue) }
        let name = parts.filter { !$0.isEmpty }.joined(separator: ":")
        // The default exchange routes to the queue that the key names.
        let reached = queue ?? (exchange.isEmpty ? routingKey : "")
        let isAnonymous = reached.hasPrefix("amq.gen-") || reached.hasPrefix("amq.rabbitmq.reply-to")
        return MessageDestination(
            name.isEmpty ? "amq.default" : name, isTemporary: isTemporary && !isAnonymous, isAnonymous: isAnonymous)
    }
}
