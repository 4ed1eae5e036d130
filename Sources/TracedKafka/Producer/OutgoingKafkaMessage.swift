import CLibrdkafka
import MessagingTracing

/// A record with the headers that librdkafka will carry: the user's in order, and those of the trace.
///
/// Owns the native headers until `rd_kafka_produceva` succeeds, which takes them, or ``discard()``. The record is the
/// caller's and never changed. A value that is used by one task, and thrown away with it.
struct OutgoingKafkaMessage: OutgoingMessage {
    let record: KafkaRecord
    let topic: TopicCache.Topic
    /// How large a message may be, `message.max.bytes`.
    private let maxMessageBytes: Int
    private(set) var headers: OpaquePointer?

    init(_ record: KafkaRecord, to topic: TopicCache.Topic, maxMessageBytes: Int) {
        self.record = record
        self.topic = topic
        self.maxMessageBytes = maxMessageBytes
        if record.headers.isEmpty { return }
        headers = rd_kafka_headers_new(record.headers.count + 1)
        for header in record.headers.elements {
            header.storedName.withUnsafeBytes { name in
                withOptionalBytes(header.storedValue) { append(name, $0) }
            }
        }
    }

    /// Gives the headers to librdkafka, which has taken the message.
    mutating func wasTaken() { headers = nil }

    /// Destroys headers that librdkafka did not take.
    mutating func discard() {
        if let headers { rd_kafka_headers_destroy(headers) }
        headers = nil
    }

    // MARK: What the conventions ask for

    var channel: MessageChannel { topic.channel }

    func state(_ facts: inout MessageFacts) {
        facts.partition = record.partition ?? -1
        facts.isTombstone = record.value == nil
        facts.key = record.key?.traced
        if topic.channel.instrumentation.options.recordsSizes { facts.bodySize = record.value?.count }
    }

    var hasHeaders: Bool { headers != nil }

    var isForwarded: Bool { record.headers.cameFromBroker }

    /// What is left below the limit after key, value, headers, and the envelope of a record batch.
    var headerRoom: Int {
        let envelope = 128
        var size = envelope + (record.key?.count ?? 0) + (record.value?.count ?? 0)
        for header in record.headers.elements {
            size += header.storedName.count + (header.storedValue?.count ?? 0) + 10
        }
        return max(0, maxMessageBytes - size)
    }

    func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        if let headers { forEachRawHeader(headers, read) }
    }

    mutating func removeHeaders(named name: String) {
        if let headers { rd_kafka_header_remove(headers, name) }
    }

    mutating func appendHeader(_ name: String, _ value: UnsafeRawBufferPointer) {
        if headers == nil { headers = rd_kafka_headers_new(1) }
        var name = name
        name.withUTF8 { append(UnsafeRawBufferPointer($0), value) }
    }

    private func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) {
        // An empty value has an address, a null one has none.
        let address = value.map { $0.baseAddress ?? UnsafeRawPointer(headers!) }
        _ = rd_kafka_header_add(headers, name.baseAddress, name.count, address, value?.count ?? 0)
    }
}

extension KafkaBytes {
    /// The bytes as the key of a span, if they are plain text.
    fileprivate var traced: MessageKey? {
        switch storage {
        case .string(let text): .text(text)
        case .array(let bytes): MessageKey(plainText: bytes)
        }
    }
}
