import TracingCore

/// OTLP's messages in protobuf (opentelemetry-proto 1.x: `collector`, `trace`, `metrics`, `common`, `resource`).
///
/// Each function writes the fields of one message, the last field first, as ``ProtobufWriter`` wants it. Fields that are
/// empty are left out, but a value is always written, also when it is zero or empty.
enum OTLPProtobuf {
    static func write(_ field: UInt32, text: String?, to writer: inout ProtobufWriter) {
        if let text, !text.isEmpty { writer.string(field, text) }
    }

    static func write(_ field: UInt32, count: Int, to writer: inout ProtobufWriter) {
        if count > 0 { writer.varint(field, UInt64(UInt32(clamping: count))) }
    }

    static func write(_ field: UInt32, time: Timestamp, to writer: inout ProtobufWriter) {
        if time.nanosecondsSinceEpoch > 0 { writer.fixed64(field, time.nanosecondsSinceEpoch) }
    }

    /// The positions that belong together, in the order in which their keys first come.
    ///
    /// Neighbours mostly belong together, and there are few groups: comparing costs less than hashing all attributes of a
    /// resource for each span.
    static func groups<Key: Equatable>(
        of positions: some Sequence<Int>, by key: (Int) -> Key
    ) -> [(key: Key, positions: [Int])] {
        var groups: [(key: Key, positions: [Int])] = []
        var current = 0
        for position in positions {
            let key = key(position)
            if groups.isEmpty || groups[current].key != key {
                if let known = groups.firstIndex(where: { $0.key == key }) {
                    current = known
                } else {
                    current = groups.count
                    groups.append((key, []))
                }
            }
            groups[current].positions.append(position)
        }
        return groups
    }
}
