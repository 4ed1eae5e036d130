import CLibrdkafka

/// The headers of a message, in order. Names may repeat; values may be null, empty or any bytes.
///
/// A name that is not valid UTF-8 survives byte for byte when a message is forwarded. (librdkafka ends a name at a NUL.)
public struct KafkaHeaders: Sendable, Hashable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    /// One header.
    public struct Element: Sendable, Hashable {
        var storedName: KafkaBytes
        var storedValue: KafkaBytes?

        /// A header. A nil value is Kafka's null, which is not the same as an empty one.
        public init(name: String, value: (any KafkaBytesConvertible)?) {
            storedName = KafkaBytes(name)
            storedValue = value?.kafkaBytes
        }

        init(name: KafkaBytes, value: KafkaBytes?) {
            storedName = name
            storedValue = value
        }

        /// The name; bytes that are not UTF-8 are replaced by U+FFFD.
        public var name: String { storedName.description }
        /// The bytes of the name.
        public var nameBytes: [UInt8] { storedName.bytes }
        /// The value's bytes; nil is Kafka's null.
        public var value: [UInt8]? { storedValue?.bytes }
        /// The value as a string; bytes that are not UTF-8 are replaced by U+FFFD.
        public var valueString: String? { storedValue?.description }
    }

    var elements: [Element]
    /// These headers were read from a consumed message: sending them on is forwarding, not authoring.
    var cameFromBroker = false

    /// No headers.
    public init() { elements = [] }

    /// Headers in order.
    public init(_ headers: [(name: String, value: [UInt8]?)]) {
        elements = headers.map { Element(name: $0.name, value: $0.value) }
    }

    public init(dictionaryLiteral elements: (String, KafkaBytes?)...) {
        self.elements = elements.map { Element(name: KafkaBytes($0.0), value: $0.1) }
    }

    /// The headers of a consumed message, copied.
    init(reading headers: OpaquePointer?) {
        elements = []
        cameFromBroker = true
        guard let headers else { return }
        elements.reserveCapacity(rd_kafka_header_cnt(headers))
        forEachRawHeader(headers) { name, value in
            elements.append(Element(name: KafkaBytes(Array(name)), value: value.map { KafkaBytes(Array($0)) }))
        }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { elements.count }
    public subscript(position: Int) -> Element { elements[position] }

    /// Adds a header after all others.
    public mutating func append(name: String, value: (any KafkaBytesConvertible)?) {
        elements.append(Element(name: name, value: value))
    }

    /// Removes each header of this name.
    public mutating func removeAll(named name: String) {
        let name = KafkaBytes(name)
        elements.removeAll { $0.storedName == name }
    }

    /// The first header of this name.
    public func first(named name: String) -> Element? {
        let name = KafkaBytes(name)
        return elements.first { $0.storedName == name }
    }

    /// The last header of this name: the one that its closest writer wrote.
    public func last(named name: String) -> Element? {
        let name = KafkaBytes(name)
        return elements.last { $0.storedName == name }
    }

    /// Each header of this name, in order.
    public func all(named name: String) -> [Element] {
        let name = KafkaBytes(name)
        return elements.filter { $0.storedName == name }
    }

    /// Two are equal when names and values are, in order; where they came from does not count.
    public static func == (one: KafkaHeaders, other: KafkaHeaders) -> Bool { one.elements == other.elements }

    public func hash(into hasher: inout Hasher) { hasher.combine(elements) }
}

/// Looks at each header in order, without a copy: bytes of the name, and of the value or nil for null.
@inline(__always)
func forEachRawHeader(
    _ headers: OpaquePointer, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void
) {
    var index = 0
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
        index += 1
        guard let name else { continue }
        var length = 0
        while name[length] != 0 { length += 1 }
        body(
            UnsafeRawBufferPointer(start: name, count: length),
            value.map { UnsafeRawBufferPointer(start: $0, count: size) })
    }
}
