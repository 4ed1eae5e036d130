/// Key-values of the application that travel with the context (OpenTelemetry baggage API, W3C Baggage).
///
/// Ordered, one entry for a name; names are case-sensitive. Baggage goes to whoever receives a request or message, in
/// clear text and, with messages, on disk.
public struct Baggage: Sendable, Hashable {
    /// The most entries that a header carries.
    public static let maximumHeaderEntries = 64
    /// The most bytes that a header value has.
    public static let maximumHeaderBytes = 8192

    /// One entry, not encoded.
    public struct Entry: Sendable, Hashable {
        /// The name, not empty.
        public let key: String
        /// The value, any text.
        public let value: String
        /// What follows the value in the header, as it is written there: properties separated by `;`.
        public let metadata: String?

        /// The parts of ``metadata``: `key` or `key=value`, the value decoded, in order and with repetitions.
        public var properties: [(key: String, value: String?)] {
            metadata.map(BaggageCodec.properties) ?? []
        }
    }

    /// The entries in the order in which their names first came.
    public private(set) var entries: [Entry] = []

    /// Without entries.
    public init() {}

    /// The valid entries of a header value; `nil` if there is none.
    public init?(header: String) {
        self = header.withBytes { Baggage.parse($0) }
        if isEmpty { return nil }
    }

    /// The valid entries of a header value, within the limits of a header; what is invalid or beyond is left out.
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> Baggage {
        var parser = BaggageParser()
        parser.append(bytes)
        return parser.baggage
    }

    /// Whether there are no entries.
    public var isEmpty: Bool { entries.isEmpty }
    /// The number of entries, those included that a header would leave out.
    public var count: Int { entries.count }

    /// The value of `key`. Setting drops the entry's metadata; `nil` removes the entry.
    public subscript(key: String) -> String? {
        get { entry(key)?.value }
        set { if let newValue { set(key, newValue) } else { remove(key) } }
    }

    /// The entry of `key`, with its metadata.
    public func entry(_ key: String) -> Entry? { entries.first { Self.isSame($0.key, key) } }

    /// Sets an entry; one of the same name is replaced where it stands.
    ///
    /// Any value will do. A key that is no token of HTTP (letters, digits and ``!#$%&'*+-.^_`|~``) stays in the process:
    /// headers leave it out, as they leave out metadata other than printable ASCII without `,`. An empty key is ignored.
    public mutating func set(_ key: String, _ value: String, metadata: String? = nil) {
        guard !key.isEmpty else { return }
        let entry = Entry(key: key, value: value, metadata: metadata)
        if let index = entries.firstIndex(where: { Self.isSame($0.key, key) }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
    }

    /// Removes the entry of `key`.
    public mutating func remove(_ key: String) { entries.removeAll { Self.isSame($0.key, key) } }

    /// The value of the `baggage` header; empty if there is nothing to send.
    public var headerValue: String { String(decoding: headerBytes(), as: UTF8.self) }

    /// The bytes of ``headerValue``: entries in order, percent-encoded; of entries beyond the limits each is left out
    /// whole, and a later, smaller one may still fit.
    public func headerBytes(
        maxEntries: Int = maximumHeaderEntries, maxBytes: Int = maximumHeaderBytes
    ) -> [UInt8] {
        var header: [UInt8] = []
        var count = 0
        for entry in entries where count < maxEntries {
            let size = header.count
            if size > 0 { header.append(UInt8(ascii: ",")) }
            if BaggageCodec.append(entry, to: &header, maxBytes: maxBytes) {
                count += 1
            } else {
                header.removeSubrange(size...)
            }
        }
        return header
    }

    /// Swift compares strings by canonical equivalence; names are the same only if their bytes are.
    private static func isSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }
}

extension Baggage: CustomStringConvertible {
    /// The value of the `baggage` header.
    public var description: String { headerValue }
}
