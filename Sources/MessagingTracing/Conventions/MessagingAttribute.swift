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

    /// How long a message waited between its timestamp and its consumer, in seconds. Ours: the conventions have no name.
    public static let timeInQueue = "spanlink.message.time_in_queue"

    /// The schema that the names follow, for the instrumentation scope.
    public static let schemaURL = "https://opentelemetry.io/schemas/1.44.0"
}
