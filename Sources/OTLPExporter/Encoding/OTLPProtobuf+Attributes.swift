import TracingCore

extension OTLPProtobuf {
    /// A repeated field of `KeyValue`.
    static func write(_ field: UInt32, _ attributes: Attributes, to writer: inout ProtobufWriter) {
        for attribute in attributes.reversed() { write(field, attribute.key, attribute.value, to: &writer) }
    }

    /// A field of type `KeyValue`.
    private static func write(
        _ field: UInt32, _ key: String, _ value: AttributeValue, to writer: inout ProtobufWriter
    ) {
        writer.message(field) { writer in
            write(2, value, to: &writer)
            write(1, text: key, to: &writer)
        }
    }

    /// A field of type `AnyValue`.
    private static func write(_ field: UInt32, _ value: AttributeValue, to writer: inout ProtobufWriter) {
        writer.message(field) { writer in
            switch value {
            case .string(let value): writer.string(1, value)
            case .bool(let value): writer.varint(2, value ? 1 : 0)
            case .int(let value): writer.varint(3, UInt64(bitPattern: value))
            case .double(let value): writer.double(4, value)
            case .array(let values):
                writer.message(5) { writer in
                    for value in values.reversed() { write(1, value, to: &writer) }
                }
            case .map(let values):
                writer.message(6) { writer in
                    // A dictionary has no order: sorted, equal values make equal bytes.
                    for (key, value) in values.sorted(by: { $0.key > $1.key }) { write(1, key, value, to: &writer) }
                }
            case .bytes(let value): value.withUnsafeBytes { writer.bytes(7, $0) }
            }
        }
    }

    /// A field of type `Resource`. Its schema URL belongs to the message around it.
    static func write(_ field: UInt32, _ resource: Resource, to writer: inout ProtobufWriter) {
        writer.message(field) { writer in write(1, resource.attributes, to: &writer) }
    }

    /// A field of type `InstrumentationScope`. Its schema URL belongs to the message around it.
    static func write(_ field: UInt32, _ scope: InstrumentationScope, to writer: inout ProtobufWriter) {
        writer.message(field) { writer in
            write(3, scope.attributes, to: &writer)
            write(2, text: scope.version, to: &writer)
            write(1, text: scope.name, to: &writer)
        }
    }
}
