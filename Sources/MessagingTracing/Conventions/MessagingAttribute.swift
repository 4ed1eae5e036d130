/// Names of attributes that the messaging conventions give, v1.44 (`semconv` registry, "messaging").
public enum MessagingAttribute {
    public static let system = "messaging.system"
    public static let operationName = "messaging.operation.name"
    public static let operationType = "messaging.operation.type"
    public static let destinationName = "messaging.destination.name"
    public static let destinationTemplate = "messaging.destination.template"
    public static let destinationAnonymous = "messaging.destination.anonymous"
    public static let destinationTemporary = "messaging.destination.temporary"
    public static let destinationPartitionID = "messaging.destination.partition.id"
    public static let batchMessageCount = "messaging.batch.message_count"
    public static let clientID = "messaging.client.id"
    public static let consumerGroupName = "messaging.consumer.group.name"
    public static let messageID = "messaging.message.id"
    public static let conversationID = "messaging.message.conversation_id"
    public static let bodySize = "messaging.message.body.size"
    public static let envelopeSize = "messaging.message.envelope.size"
    public static let kafkaMessageKey = "messaging.kafka.message.key"
    public static let kafkaOffset = "messaging.kafka.offset"
    public static let kafkaMessageTombstone = "messaging.kafka.message.tombstone"
    public static let kafkaClusterID = "messaging.kafka.cluster.id"
    public static let rabbitmqRoutingKey = "messaging.rabbitmq.destination.routing_key"
    public static let rabbitmqDeliveryTag = "messaging.rabbitmq.message.delivery_tag"
    public static let serverAddress = "server.address"
    public static let serverPort = "server.port"
    public static let peerAddress = "network.peer.address"
    public static let peerPort = "network.peer.port"
    public static let errorType = "error.type"

    // MARK: Ours, where the conventions have no name for any system or for this one.

    /// How long a message waited between its timestamp and its consumer, in seconds.
    public static let timeInQueue = "spanlink.message.time_in_queue"
    /// `true` when the broker has delivered the message before; never `false`.
    public static let redelivered = "spanlink.message.redelivered"
    /// How often a message was delivered before without success, from 1, where the broker counts it (RabbitMQ's
    /// `x-delivery-count`, of quorum queues).
    public static let deliveryCount = "spanlink.message.delivery_count"
    /// The queue that the message was dead-lettered from, the last time (RabbitMQ's `x-death`).
    public static let deadLetterQueue = "spanlink.message.dead_letter.queue"
    /// Why it was: RabbitMQ's `rejected`, `expired`, `maxlen`, `delivery_limit`.
    public static let deadLetterReason = "spanlink.message.dead_letter.reason"
    /// How often it was, from that queue for that reason.
    public static let deadLetterCount = "spanlink.message.dead_letter.count"

    /// The schema that the names follow, for the instrumentation scope.
    public static let schemaURL = "https://opentelemetry.io/schemas/1.44.0"
}
