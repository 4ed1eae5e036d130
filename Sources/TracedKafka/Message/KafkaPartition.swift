import CLibrdkafka

/// One partition of a topic.
public struct KafkaPartition: Sendable, Hashable, CustomStringConvertible {
    /// The topic.
    public var topic: String
    /// The partition's number, from 0.
    public var partition: Int32

    /// A partition of a topic.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)[\(partition)]" }
}

/// A place in a partition.
public enum KafkaOffset: Sendable, Hashable {
    /// The oldest message that is there.
    case beginning
    /// Behind the newest message: only what comes from now on.
    case end
    /// Where the group last committed, else as `auto.offset.reset` says. Needs a group.
    case stored
    /// The message with this offset.
    case offset(Int64)

    var raw: Int64 {
        switch self {
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        case .stored: Int64(RD_KAFKA_OFFSET_STORED)
        case .offset(let offset): offset
        }
    }
}

/// A partition and a place in it.
public struct KafkaPartitionOffset: Sendable, Hashable, CustomStringConvertible {
    /// The partition.
    public var partition: KafkaPartition
    /// The place in it.
    public var offset: KafkaOffset

    /// A place in a partition.
    public init(_ partition: KafkaPartition, _ offset: KafkaOffset) {
        self.partition = partition
        self.offset = offset
    }

    /// A place in a partition of a topic.
    public init(topic: String, partition: Int32, _ offset: KafkaOffset) {
        self.init(KafkaPartition(topic: topic, partition: partition), offset)
    }

    public var description: String { "\(partition)@\(offset)" }
}

/// Owns a `rd_kafka_topic_partition_list_t`, used by one call or thread at a time.
final class PartitionList: @unchecked Sendable {
    private let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: some Collection<KafkaPartitionOffset> = []) {
        raw = rd_kafka_topic_partition_list_new(Int32(clamping: Swift.max(partitions.count, 1)))
        for partition in partitions {
            let added = rd_kafka_topic_partition_list_add(raw, partition.partition.topic, partition.partition.partition)
            added?.pointee.offset = partition.offset.raw
        }
    }

    /// What is to be committed or stored.
    convenience init(_ offsets: [NextOffset]) {
        self.init(offsets.map { KafkaPartitionOffset($0.partition, .offset($0.offset)) })
    }

    /// A copy of a list that librdkafka owns.
    init(copying other: UnsafePointer<rd_kafka_topic_partition_list_t>) {
        raw = rd_kafka_topic_partition_list_copy(other)
    }

    deinit { rd_kafka_topic_partition_list_destroy(raw) }

    /// Lends the list: it is there until `body` returns, not longer.
    func withRaw<Result>(_ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Result) -> Result {
        defer { withExtendedLifetime(self) {} }
        return body(raw)
    }

    /// Adds a topic, for a subscription.
    func append(topic: String) { rd_kafka_topic_partition_list_add(raw, topic, RD_KAFKA_PARTITION_UA) }

    /// Begins at these places; what is not in the list is left out.
    func begin(at offsets: [KafkaPartitionOffset]) {
        for start in offsets {
            rd_kafka_topic_partition_list_set_offset(
                raw, start.partition.topic, start.partition.partition, start.offset.raw)
        }
    }

    private var elements: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: raw.pointee.elems, count: Int(raw.pointee.cnt))
    }

    var partitions: [KafkaPartition] {
        elements.map { KafkaPartition(topic: String(cString: $0.topic), partition: $0.partition) }
    }

    /// What librdkafka wrote as offset of each partition.
    var offsets: [Int64] { elements.map(\.offset) }

    /// What librdkafka noted at each partition. What goes on when it returns is no error.
    var errors: [rd_kafka_resp_err_t] {
        elements.map { $0.err == RD_KAFKA_RESP_ERR__IN_PROGRESS ? RD_KAFKA_RESP_ERR_NO_ERROR : $0.err }
    }

    /// The first error that librdkafka noted at a partition.
    func firstError(_ doing: String) -> KafkaError? {
        for (element, error) in zip(elements, errors) where error != RD_KAFKA_RESP_ERR_NO_ERROR {
            return KafkaError(error, "\(doing) of \(String(cString: element.topic))[\(element.partition)]")
        }
        return nil
    }
}
