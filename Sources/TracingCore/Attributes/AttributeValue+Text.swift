extension AttributeValue {
    /// The value as a string, for what knows only strings (OpenTelemetry common specification, "AnyValue representation for
    /// non-OTLP protocols"): a string as it is, bytes in base64, all else as JSON. Maps are in the order of their keys.
    package var text: String {
        if case .string(let value) = self { return value }
        let json = JSONWriter.bytes { $0.value(self) }
        let isQuoted = json.first == UInt8(ascii: "\"")
        return String(decoding: isQuoted ? json[1..<(json.count - 1)] : json[...], as: UTF8.self)
    }
}

extension JSONWriter {
    /// A value as plain JSON, not as OTLP writes it.
    fileprivate mutating func value(_ value: AttributeValue) {
        switch value {
        case .string(let value): string(value)
        case .bool(let value): bool(value)
        case .int(let value): integer(value)
        case .double(let value): double(value)
        case .bytes(let value): base64(value)
        case .array(let values):
            beginArray()
            for element in values { self.value(element) }
            endArray()
        case .map(let values):
            beginObject()
            for (key, element) in values.sorted(by: { $0.key < $1.key }) {
                self.key(key)
                self.value(element)
            }
            endObject()
        }
    }
}
