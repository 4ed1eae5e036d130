import CLibrdkafka

/// A consumed message: a view of it where librdkafka put it. Nothing is copied until it is asked for. The view keeps the
/// messages of its whole batch in memory: copy what is to be kept for long. Safe to use from any thread.
public struct KafkaMessage: Sendable {
    let storage: MessageStorage
    let index: Int

    /// What a timestamp means.
    public enum TimestampKind: Sendable, Hashable {
        /// When the producer made the message.
        case created
        /// When the broker appended it (`message.timestamp.type=LogAppendTime`).
        case appended
    }

    @inline(__always)
    var raw: UnsafeMutablePointer<rd_kafka_message_t> { storage.message(index) }

    /// The topic it came from.
    public var topic: String { storage.topic(of: raw.pointee.rkt).name }
    /// The partition it came from.
    public var partition: Int32 { raw.pointee.partition }
    /// Its offset in the partition.
    public var offset: Int64 { raw.pointee.offset }
    /// Topic and partition.
    public var topicPartition: KafkaPartition { KafkaPartition(topic: topic, partition: partition) }

    /// Milliseconds since 1970, and what they mean; nil when the message has no timestamp.
    public var timestamp: (milliseconds: Int64, kind: TimestampKind)? {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(raw, &kind)
        guard kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE, milliseconds >= 0 else { return nil }
        return (milliseconds, kind == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? .appended : .created)
    }

    /// The value is Kafka's null: in a compacted topic the key is deleted.
    public var isTombstone: Bool { raw.pointee.payload == nil }

    /// A copy of the key; nil is Kafka's null.
    public var key: [UInt8]? { keyBuffer.map { Array($0) } }
    /// A copy of the value; nil is Kafka's null.
    public var value: [UInt8]? { valueBuffer.map { Array($0) } }
    /// The key as a string; bytes that are not UTF-8 are replaced by U+FFFD.
    public var keyString: String? { keyBuffer.map { String(decoding: $0, as: UTF8.self) } }
    /// The value as a string; bytes that are not UTF-8 are replaced by U+FFFD.
    public var valueString: String? { valueBuffer.map { String(decoding: $0, as: UTF8.self) } }

    /// Lends the key without a copy; nil is Kafka's null.
    public func withKey<Result, Failure: Error>(
        _ body: (RawSpan?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        guard let bytes = keyBuffer else { return try body(nil) }
        return try body(bytes.bytes)
    }

    /// Lends the value without a copy; nil is Kafka's null.
    public func withValue<Result, Failure: Error>(
        _ body: (RawSpan?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        guard let bytes = valueBuffer else { return try body(nil) }
        return try body(bytes.bytes)
    }

    /// A copy of the headers, in order.
    public var headers: KafkaHeaders { KafkaHeaders(reading: storage.headers(index)) }

    /// Lends librdkafka's headers, for reading without a copy; nil when there are none.
    func withRawHeaders<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return body(storage.headers(index))
    }

    /// The same message, to be sent on: to another topic, or to this one again.
    public func record(for topic: String) -> KafkaRecord {
        KafkaRecord(topic: topic, key: key, value: value, headers: headers)
    }

    var keyBuffer: UnsafeRawBufferPointer? {
        raw.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: raw.pointee.key_len) }
    }

    var valueBuffer: UnsafeRawBufferPointer? {
        raw.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: raw.pointee.len) }
    }
}
