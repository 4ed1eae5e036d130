/// What a server says in the body of its answer, in protobuf.
///
/// A body that makes no sense says nothing: that the data has arrived does not depend on it.
struct ExportResponse: Sendable, Equatable {
    /// How many spans or points the server did not take, and never will.
    var rejected: Int64 = 0
    /// Why, or a warning when nothing was rejected.
    var message = ""

    /// The content type of an answer that is not OTLP's.
    var foreignContentType: String?

    /// An answer that says nothing.
    init() {}

    /// An `Export…ServiceResponse`: field 1 is the partial success, of which 1 is the count and 2 the message.
    init(_ body: [UInt8]) {
        guard let partial = ProtobufFields(body[...]).bytes(1) else { return }
        let fields = ProtobufFields(partial)
        rejected = max(0, Int64(bitPattern: fields.varint(1) ?? 0))
        message = Self.text(fields.bytes(2))
    }

    /// The message of a `google.rpc.Status`, field 2, with which servers answer errors; empty for other bodies.
    static func errorMessage(_ body: [UInt8]) -> String { text(ProtobufFields(body[...]).bytes(2)) }

    /// At most some lines of it, for the log.
    private static func text(_ bytes: ArraySlice<UInt8>?) -> String {
        String(decoding: (bytes ?? []).prefix(1000), as: UTF8.self)
    }
}

/// The fields of a protobuf message, of which a few are looked for; the last of a number counts.
private struct ProtobufFields {
    private var varints: [UInt64: UInt64] = [:]
    private var slices: [UInt64: ArraySlice<UInt8>] = [:]

    /// Reads up to the first byte that makes no sense.
    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let tag = Self.varint(&rest) {
            switch tag & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return }
                varints[tag >> 3] = value
            case 1: rest = rest.dropFirst(8)
            case 2:
                guard let length = Self.varint(&rest), length <= rest.count else { return }
                slices[tag >> 3] = rest.prefix(Int(length))
                rest = rest.dropFirst(Int(length))
            case 5: rest = rest.dropFirst(4)
            default: return
            }
        }
    }

    func varint(_ field: UInt64) -> UInt64? { varints[field] }
    func bytes(_ field: UInt64) -> ArraySlice<UInt8>? { slices[field] }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
