internal import TracingCore

/// What the conventions say of one messaging system: its name, the words its operations go by, and the names of the facts
/// that only it has.
public struct MessagingSystem: Sendable, Hashable {
    /// The system's own verb for each operation (`messaging.operation.name`).
    public struct OperationNames: Sendable, Hashable {
        /// A message is made.
        public var create: String
        /// Messages are handed to a broker.
        public var send: String
        /// The application pulls messages.
        public var receive: String
        /// Messages are handled.
        public var process: String

        /// The given verbs; the conventions' own where none is given.
        public init(
            create: String = "create", send: String = "send", receive: String = "receive", process: String = "process"
        ) {
            self.create = create
            self.send = send
            self.receive = receive
            self.process = process
        }
    }

    /// `messaging.system`.
    public var name: String
    /// The verbs. How messages are settled depends on the call (`commit`, `ack`, `nack`): adapters name it there.
    public var operationNames: OperationNames
    /// The attribute for ``MessageFacts/position``, say an offset; `nil` when the system has no such thing.
    public var positionAttribute: String?
    /// The attribute for ``MessageFacts/key``; `nil` when the system has no such thing.
    public var keyAttribute: String?
    /// The attribute for ``MessageFacts/isTombstone``; `nil` when the system has no such thing.
    public var tombstoneAttribute: String?
    /// The consumer's attribute for its group, when the system's conventions have one.
    public var consumerGroupAttribute: String?
    /// The host that the conventions ask for beside the configured one (`network.peer.*`), on these operations only.
    public var peerOperations: Set<MessagingOperation>

    /// A system of the given name, for an adapter of your own.
    public init(
        name: String, operationNames: OperationNames = OperationNames(), positionAttribute: String? = nil,
        keyAttribute: String? = nil, tombstoneAttribute: String? = nil, consumerGroupAttribute: String? = nil,
        peerOperations: Set<MessagingOperation> = []
    ) {
        self.name = name
        self.operationNames = operationNames
        self.positionAttribute = positionAttribute
        self.keyAttribute = keyAttribute
        self.tombstoneAttribute = tombstoneAttribute
        self.consumerGroupAttribute = consumerGroupAttribute
        self.peerOperations = peerOperations
    }

    /// Apache Kafka (conventions, "Kafka").
    public static let kafka = MessagingSystem(
        name: "kafka", operationNames: OperationNames(receive: "poll"),
        positionAttribute: MessagingAttribute.kafkaOffset, keyAttribute: MessagingAttribute.kafkaMessageKey,
        tombstoneAttribute: MessagingAttribute.kafkaMessageTombstone,
        consumerGroupAttribute: MessagingAttribute.consumerGroupName)

    /// RabbitMQ (conventions, "RabbitMQ").
    public static let rabbitmq = MessagingSystem(
        name: "rabbitmq", operationNames: OperationNames(send: "publish"),
        positionAttribute: MessagingAttribute.rabbitmqDeliveryTag,
        keyAttribute: MessagingAttribute.rabbitmqRoutingKey, peerOperations: [.send, .receive, .settle])
}

extension MessagingSystem {
    /// The verb of an operation that has one in every call.
    func name(of operation: MessagingOperation) -> String {
        switch operation {
        case .create: operationNames.create
        case .send: operationNames.send
        case .receive: operationNames.receive
        case .process: operationNames.process
        case .settle: "settle"
        }
    }
}
