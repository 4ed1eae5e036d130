import CLibrdkafka
public import MessagingTracing

/// What went wrong in a Kafka client, and what can be done about it.
public struct KafkaError: ErrorTypeProviding, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error. More kinds may come: a `switch` over codes needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidConfiguration, invalidArgument, unknownTopicOrPartition, messageTooLarge, queueFull, closed
            case timedOut, brokersUnavailable, authentication, authorization, assignmentLost, rebalanceInProgress,
                fenced, alreadyRunning
            case fatal, purged, cancelled, other
        }

        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The configuration does not hold together, or librdkafka refuses a property. Nothing was started.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// An argument of the call is out of its range.
        public static let invalidArgument = Code(.invalidArgument)
        /// The topic, or the partition in it, does not exist.
        public static let unknownTopicOrPartition = Code(.unknownTopicOrPartition)
        /// The message is larger than `message.max.bytes`, the broker's limit or the local queue.
        public static let messageTooLarge = Code(.messageTooLarge)
        /// The local queue is full (`queue.buffering.max.messages`, `queue.buffering.max.kbytes`).
        public static let queueFull = Code(.queueFull)
        /// The client was shut down.
        public static let closed = Code(.closed)
        /// The time allowed ran out. For a sent message: it may have arrived all the same.
        public static let timedOut = Code(.timedOut)
        /// No broker can be reached, or none that coordinates the group. librdkafka goes on trying.
        public static let brokersUnavailable = Code(.brokersUnavailable)
        /// The broker refused the credentials, or TLS failed. librdkafka goes on trying: this is what a message, a pull, a
        /// commit or a question ends with when its time is over.
        public static let authentication = Code(.authentication)
        /// The user may not do this to the topic, group or cluster.
        public static let authorization = Code(.authorization)
        /// The partition belongs to another member of the group by now: the offset cannot be committed from here.
        public static let assignmentLost = Code(.assignmentLost)
        /// The group is being rebalanced, and no offset can be committed before that is over. Whether the partition is still
        /// this member's then is open: commit again, or store the offset, which is committed later if it is.
        public static let rebalanceInProgress = Code(.rebalanceInProgress)
        /// The commit would pass a message whose handling failed and has not succeeded since.
        public static let fenced = Code(.fenced)
        /// Another loop runs on this consumer, and one of the two commits.
        public static let alreadyRunning = Code(.alreadyRunning)
        /// The client cannot go on and must be made anew.
        public static let fatal = Code(.fatal)
        /// The message was dropped from the queue, or its answer no longer awaited, by a shutdown.
        public static let purged = Code(.purged)
        /// The task was cancelled before this message of a batch was handed over.
        public static let cancelled = Code(.cancelled)
        /// Anything else: see ``KafkaError/brokerCode``.
        public static let other = Code(.other)

        public var description: String { value.rawValue }
    }

    /// The kind of the error.
    public var code: Code
    /// What happened and what to do, for people.
    public var message: String
    /// librdkafka's error code where the error came from there: negative for its own, positive for a broker's.
    public var brokerCode: Int32?

    /// An error of a stated kind.
    public init(_ code: Code, _ message: String, brokerCode: Int32? = nil) {
        self.code = code
        self.message = message
        self.brokerCode = brokerCode
    }

    /// The low-cardinality name for telemetry (`error.type`): Kafka's protocol name of the code
    /// (`UNKNOWN_TOPIC_OR_PARTITION`), librdkafka's for its local codes (`_MSG_TIMED_OUT`), else the name of ``code``.
    public var errorType: String {
        guard let brokerCode else { return code.description }
        return kafkaErrorName(rd_kafka_resp_err_t(rawValue: brokerCode))
    }

    public var telemetryDescription: String { message }

    public var description: String {
        brokerCode == nil ? "\(code): \(message)" : "\(code) (\(errorType)): \(message)"
    }
}

extension KafkaError {
    /// The error for one of librdkafka's codes. `text` is the library's own where it says more than the code does.
    init(_ error: rd_kafka_resp_err_t, _ doing: String, text: String? = nil) {
        let code = Code(error)
        var message = "\(doing): \(text ?? String(cString: rd_kafka_err2str(error)))"
        if let advice = code.advice { message += ". \(advice)" }
        self.init(code, message, brokerCode: error.rawValue)
    }

    static let closed = KafkaError(.closed, "The client was shut down; make a new one to go on.")

    static func revoked(_ partition: KafkaPartition) -> KafkaError {
        let text = "\(partition) was revoked after the messages were pulled"
        return KafkaError(.assignmentLost, KafkaError.Code.assignmentLost.advice.map { "\(text). \($0)" } ?? text)
    }
}

extension KafkaError.Code {
    init(_ error: rd_kafka_resp_err_t) {
        switch error {
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            self = .unknownTopicOrPartition
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            self = .messageTooLarge
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: self = .queueFull
        case RD_KAFKA_RESP_ERR__DESTROY: self = .closed
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            self = .timedOut
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
            self = .brokersUnavailable
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            self = .authentication
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            self = .authorization
        case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
            RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
            RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
            self = .assignmentLost
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS: self = .rebalanceInProgress
        case RD_KAFKA_RESP_ERR__FATAL: self = .fatal
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: self = .purged
        case RD_KAFKA_RESP_ERR__INVALID_ARG: self = .invalidArgument
        default: self = .other
        }
    }

    /// What to do about an error of this kind.
    var advice: String? {
        switch self {
        case .unknownTopicOrPartition: "Create the topic, or check its name and partition count"
        case .messageTooLarge: "Send less, or raise message.max.bytes here and on the broker"
        case .queueFull: "Use send, which waits for room, or raise queue.buffering.max.messages"
        case .timedOut: "The brokers did not answer in time: check that they are up and reachable"
        case .brokersUnavailable: "Check bootstrapServers and the network"
        case .authentication: "Check the credentials and certificates in the configuration"
        case .authorization: "Have the user's access rights extended"
        case .assignmentLost: "The messages will be handled by the partition's new owner"
        case .rebalanceInProgress: "Commit again, or store the offset, which is committed when the group has settled"
        case .fatal: "Shut this client down and make a new one"
        default: nil
        }
    }
}
