import MessagingTracing
import Testing

/// The conventions, "RabbitMQ", `messaging.destination.name`.
struct RabbitMQDestinationTests {
    @Test(arguments: [
        ("x", "k", nil, "x:k"), ("x", "", nil, "x"), ("", "k", nil, "k"), ("", "", nil, "amq.default"),
        ("x", "k", "q", "x:k:q"), ("x", "", "q", "x:q"), ("", "q", "q", "q"), ("x", "q", "q", "x:q"),
        ("", "k", "q", "k:q"), ("", "", "q", "q"),
    ])
    func names(exchange: String, routingKey: String, queue: String?, name: String) {
        let destination = MessageDestination.rabbitmq(exchange: exchange, routingKey: routingKey, queue: queue)
        #expect(destination == MessageDestination(name))
    }

    @Test func queuesOfTheBrokersNamingAreAnonymous() {
        #expect(MessageDestination.rabbitmq(exchange: "", routingKey: "amq.gen-1").isAnonymous)
        #expect(MessageDestination.rabbitmq(exchange: "", routingKey: "amq.rabbitmq.reply-to.g").isAnonymous)
        let consumed = MessageDestination.rabbitmq(
            exchange: "x", routingKey: "k", queue: "amq.gen-1", isTemporary: true)
        #expect(consumed.isAnonymous && !consumed.isTemporary && consumed.name == "x:k:amq.gen-1")
        // A routing key of that look on an exchange names no queue.
        #expect(!MessageDestination.rabbitmq(exchange: "x", routingKey: "amq.gen-1").isAnonymous)
    }

    @Test func queuesThatGoAwayAreTemporary() {
        #expect(MessageDestination.rabbitmq(exchange: "", routingKey: "q", queue: "q", isTemporary: true).isTemporary)
    }
}
