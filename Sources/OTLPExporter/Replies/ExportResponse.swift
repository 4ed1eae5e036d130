/// The body of a server's answer, in protobuf.
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
