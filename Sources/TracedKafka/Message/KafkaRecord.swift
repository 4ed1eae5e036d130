/// A message to send.
public struct KafkaRecord: Sendable, Hashable {
    /// The topic it goes to.
    public var topic: String
    /// The key: messages of one key go to one partition. Nil is Kafka's null.
    public var key: KafkaBytes?
    /// The value. Nil is Kafka's null, a tombstone in a compacted topic.
    public var value: KafkaBytes?
    /// The headers, sent in order.
    public var headers: KafkaHeaders
    /// The partition; nil leaves it to the partitioner (`partitioner`).
    public var partition: Int32?
    /// Milliseconds since 1970; nil is the time of sending.
    public var timestamp: Int64?

    /// A message to send: key and value may be `String`, `[UInt8]`, ``KafkaBytes`` or a type of yours.
    @inlinable
    public init(
        topic: String, key: (any KafkaBytesConvertible)? = nil, value: (any KafkaBytesConvertible)?,
        headers: KafkaHeaders = KafkaHeaders(), partition: Int32? = nil, timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.key = key?.kafkaBytes
        self.value = value?.kafkaBytes
        self.headers = headers
        self.partition = partition
        self.timestamp = timestamp
    }
}

/// Where the broker put a message.
public struct KafkaReceipt: Sendable, Hashable {
    /// The topic.
    public var topic: String
    /// The partition in it.
    public var partition: Int32
    /// The offset in the partition; nil when the broker did not say (`acks=0`).
    public var offset: Int64?
    /// Milliseconds since 1970 as the message carries them; nil when the broker does not keep them.
    public var timestamp: Int64?

    init(topic: String, partition: Int32, offset: Int64, timestamp: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset < 0 ? nil : offset
        self.timestamp = timestamp < 0 ? nil : timestamp
    }
}
