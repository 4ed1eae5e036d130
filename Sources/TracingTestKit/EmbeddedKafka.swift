import CLibrdkafka
import SpanlinkRuntime

/// A Kafka cluster in this process, for tests and demonstrations: librdkafka's mock cluster (`rdkafka_mock.h`), which any
/// Kafka client can use over TCP on 127.0.0.1. Safe to use from any thread.
///
/// It keeps the last 5 MiB of a partition, in memory. It has no admin requests, security or compaction, and transactions
/// only seem to work. It ends when the last reference goes.
public final class EmbeddedKafka: Sendable {
    // Both are used from any thread, which librdkafka allows, and destroyed once, in `deinit`.
    nonisolated(unsafe) private let client: OpaquePointer
    nonisolated(unsafe) private let cluster: OpaquePointer
    /// Where clients connect: what a configuration's `bootstrapServers` takes.
    public let bootstrapServers: [String]

    /// Why the cluster could not do what was asked.
    public struct Failure: Error, CustomStringConvertible {
        /// What happened, for people.
        public var description: String
    }

    /// Starts brokers on free ports.
    ///
    /// - Parameters:
    ///   - topics: Topics with their number of partitions. Others come into being when they are first used.
    ///   - brokers: How many brokers, numbered from 1.
    public init(topics: [String: Int] = [:], brokers: Int = 1) throws {
        guard brokers > 0, brokers <= 100 else {
            throw Failure(description: "\(brokers) brokers are not possible. Give 1 to 100.")
        }
        let configuration = rd_kafka_conf_new()
        rd_kafka_conf_set(configuration, "log_level", "2", nil, 0)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            rd_kafka_conf_destroy(configuration)
            throw Failure(
                description: "No embedded Kafka: \(String(cString: rd_kafka_err2str(rd_kafka_last_error()))).")
        }
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)) else {
            Self.destroy(client, nil)
            throw Failure(description: "No embedded Kafka: the brokers cannot listen on 127.0.0.1.")
        }
        self.client = client
        self.cluster = cluster
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
            .split(separator: ",").map(String.init)
        for (topic, partitions) in topics { try createTopic(topic, partitions: partitions) }
    }

    deinit { Self.destroy(client, cluster) }

    /// Settings for consumers that do not wait longer than tests like to: a new message is there in milliseconds, and a
    /// group settles in about three seconds.
    public static let consumerDefaults = [
        "fetch.wait.max.ms": "10", "session.timeout.ms": "4000", "heartbeat.interval.ms": "500",
        "auto.offset.reset": "earliest", "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100",
        "topic.metadata.refresh.interval.ms": "500",
    ]

    /// Settings for producers that do not wait longer than tests like to.
    public static let producerDefaults = [
        "linger.ms": "1", "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100", "retry.backoff.ms": "20",
    ]

    /// Creates a topic with so many partitions.
    public func createTopic(_ topic: String, partitions: Int) throws {
        try check("Topic \"\(topic)\"") { rd_kafka_mock_topic_create(cluster, topic, Int32(clamping: partitions), 1) }
    }

    // MARK: Faults

    /// A kind of request, by its number in Kafka's protocol.
    public struct RequestKind: RawRepresentable, Sendable, Hashable {
        /// The API key.
        public var rawValue: Int16
        /// A kind by its API key.
        public init(rawValue: Int16) { self.rawValue = rawValue }

        /// Messages are sent.
        public static let produce = RequestKind(rawValue: 0)
        /// Messages are read.
        public static let fetch = RequestKind(rawValue: 1)
        /// Beginning and end of a partition are asked for.
        public static let listOffsets = RequestKind(rawValue: 2)
        /// Topics and brokers are asked for.
        public static let metadata = RequestKind(rawValue: 3)
        /// Offsets are committed.
        public static let offsetCommit = RequestKind(rawValue: 8)
        /// Committed offsets are asked for.
        public static let offsetFetch = RequestKind(rawValue: 9)
        /// A group's coordinator is asked for.
        public static let findCoordinator = RequestKind(rawValue: 10)
        /// A member joins a group.
        public static let joinGroup = RequestKind(rawValue: 11)
        /// A member says that it is alive.
        public static let heartbeat = RequestKind(rawValue: 12)
        /// An idempotent or transactional producer begins.
        public static let initProducerID = RequestKind(rawValue: 22)
    }

    /// Answers the next requests of a kind with these error codes, one request each. Codes are those of Kafka's protocol
    /// (6 is `NOT_LEADER_OR_FOLLOWER`); -195 closes the connection (librdkafka's `_TRANSPORT`).
    public func failRequests(_ kind: RequestKind, with codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
        rd_kafka_mock_push_request_errors_array(cluster, kind.rawValue, errors.count, errors)
    }

    /// Answers requests of a kind as usual again.
    public func clearFailures(_ kind: RequestKind) {
        rd_kafka_mock_clear_request_errors(cluster, kind.rawValue)
    }

    /// Answers metadata requests for a topic with an error code; 0 takes it back.
    public func failTopic(_ topic: String, with code: Int32) {
        rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(rawValue: code))
    }

    /// Cuts a broker's connections and refuses new ones.
    public func takeDown(broker: Int = 1) throws {
        try check("Broker \(broker)") { rd_kafka_mock_broker_set_down(cluster, Int32(clamping: broker)) }
    }

    /// Lets a broker be reached again.
    public func bringUp(broker: Int = 1) throws {
        try check("Broker \(broker)") { rd_kafka_mock_broker_set_up(cluster, Int32(clamping: broker)) }
    }

    /// Delays a broker's answers, to a resolution of milliseconds; zero takes it back.
    public func setRoundTripTime(_ time: Duration, broker: Int = 1) throws {
        let milliseconds = time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
        try check("Broker \(broker)") {
            rd_kafka_mock_broker_set_rtt(cluster, Int32(clamping: broker), Int32(clamping: milliseconds))
        }
    }

    /// Makes a broker the leader of a partition.
    public func setLeader(of topic: String, partition: Int32, broker: Int) throws {
        try check("\(topic)[\(partition)]") {
            rd_kafka_mock_partition_set_leader(cluster, topic, partition, Int32(clamping: broker))
        }
    }

    private func check(_ what: String, _ call: () -> rd_kafka_resp_err_t) throws {
        let error = call()
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure(description: "\(what): \(String(cString: rd_kafka_err2str(error))).")
        }
    }

    /// Destroys client and cluster on a thread of its own, since both wait for threads of librdkafka.
    private static func destroy(_ client: OpaquePointer, _ cluster: OpaquePointer?) {
        // The caller gives up both pointers; the new thread is their only user.
        nonisolated(unsafe) let (client, cluster) = (client, cluster)
        BlockingCall.start {
            if let cluster { rd_kafka_mock_cluster_destroy(cluster) }
            rd_kafka_destroy(client)
        }
    }
}
