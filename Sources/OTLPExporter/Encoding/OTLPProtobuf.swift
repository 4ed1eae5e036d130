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
}
