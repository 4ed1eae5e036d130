/// The entries that tracing systems attach to a trace, newest first (W3C Trace Context level 2, "tracestate").
///
/// A nil reference while empty. Entries are kept as the bytes of one header value, since they are mostly passed on.
public struct TraceState: Sendable, Hashable {
    /// The most entries that a tracestate may have.
    public static let maximumEntryCount = 32

    @usableFromInline let storage: TraceStateStorage?

    /// Without entries.
    @inlinable
    public init() { storage = nil }

    init(_ storage: TraceStateStorage?) { self.storage = storage }

    init(normalized header: [UInt8]) { storage = header.isEmpty ? nil : TraceStateStorage(header) }

    /// The entries of a header value; `nil` if any member is invalid or there are more than 32.
    public init?(parsing header: String) {
        guard let state = header.withBytes({ TraceState.parse($0) }) else { return nil }
        self = state
    }

    /// The entries of a header value; `nil` if any member is invalid or there are more than 32.
    ///
    /// Empty members are skipped; of a key that comes twice the first (newest) entry counts.
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> TraceState? {
        var parser = TraceStateParser()
        parser.append(bytes)
        return parser.finish()
    }

    /// Whether there are no entries, and hence no header to send.
    @inlinable
    public var isEmpty: Bool { storage == nil }

    /// The entries in order, the most recently changed first.
    public var entries: Entries { Entries(header: storage?.header ?? []) }

    /// The value of `key`.
    public subscript(key: String) -> String? { entries.first { $0.key == key }?.value }

    /// Sets an entry and puts it first. If there are more than 32 then, the last one is dropped.
    ///
    /// Returns `false`, and changes nothing, if key or value break the rules: a key has 1 to 256 characters of
    /// `a-z 0-9 _ - * / @` and starts with a letter or digit; a value has 1 to 256 printable ASCII characters without
    /// `,` and `=`, the last of them no space.
    @discardableResult
    public mutating func set(_ key: String, _ value: String) -> Bool {
        guard key.withBytes(TraceStateParser.isKey), value.withBytes(TraceStateParser.isValue) else { return false }
        var header = Array(key.utf8)
        header.append(UInt8(ascii: "="))
        header.append(contentsOf: value.utf8)
        for entry in entries.lazy.filter({ $0.key != key }).prefix(Self.maximumEntryCount - 1) {
            header.appendEntry(entry)
        }
        self = TraceState(normalized: header)
        return true
    }

    /// Removes the entry of `key`; the others keep their order.
    public mutating func remove(_ key: String) {
        guard self[key] != nil else { return }
        var header: [UInt8] = []
        for entry in entries where entry.key != key { header.appendEntry(entry) }
        self = TraceState(normalized: header)
    }

    /// The value of the `tracestate` header; empty if there are no entries, and then not to be sent.
    public var headerValue: String { String(decoding: storage?.header ?? [], as: UTF8.self) }

    /// The UTF-8 bytes of ``headerValue``, cut to `maxBytes` by whole entries: those of more than 128 bytes go first,
    /// then the others, each time from the end. Copies nothing unless it has to cut.
    public func headerBytes(maxBytes: Int = .max) -> [UInt8] {
        guard let header = storage?.header else { return [] }
        guard header.count > maxBytes else { return header }
        var kept = header.split(separator: UInt8(ascii: ","))
        var size = header.count
        for limit in [128, 0] {
            for index in kept.indices.reversed() where size > maxBytes && kept[index].count > limit {
                size -= kept[index].count + 1
                kept.remove(at: index)
            }
        }
        return Array(kept.joined(separator: CollectionOfOne(UInt8(ascii: ","))))
    }
}

extension TraceState {
    /// Key-value pairs in order. Subscripting makes the strings; keep them if they are needed more than once.
    public struct Entries: Sendable, Collection {
        let header: [UInt8]

        public var startIndex: Int { 0 }
        public var endIndex: Int { header.count }

        public func index(after index: Int) -> Int {
            end(of: index) == header.count ? header.count : end(of: index) + 1
        }

        public subscript(index: Int) -> (key: String, value: String) {
            let member = header[index..<end(of: index)]
            let separator = member.firstIndex(of: UInt8(ascii: "=")) ?? member.endIndex
            return (
                String(decoding: member[..<separator], as: UTF8.self),
                String(decoding: member[separator...].dropFirst(), as: UTF8.self)
            )
        }

        private func end(of index: Int) -> Int { header[index...].firstIndex(of: UInt8(ascii: ",")) ?? header.count }
    }
}

/// The bytes of a valid header value without blanks around its members: shared, never changed.
@usableFromInline
final class TraceStateStorage: Sendable, Hashable {
    let header: [UInt8]

    init(_ header: [UInt8]) { self.header = header }

    @usableFromInline
    static func == (one: TraceStateStorage, other: TraceStateStorage) -> Bool {
        one === other || one.header == other.header
    }

    @usableFromInline
    func hash(into hasher: inout Hasher) { hasher.combine(header) }
}

extension [UInt8] {
    fileprivate mutating func appendEntry(_ entry: (key: String, value: String)) {
        if !isEmpty { append(UInt8(ascii: ",")) }
        append(contentsOf: entry.key.utf8)
        append(UInt8(ascii: "="))
        append(contentsOf: entry.value.utf8)
    }
}

extension TraceState: CustomStringConvertible {
    /// The value of the `tracestate` header.
    public var description: String { headerValue }
}
