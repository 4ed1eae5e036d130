extension OTLPJSON {
    /// An array of `KeyValue`.
    package static func write(_ attributes: Attributes, to json: inout JSONWriter) {
        json.beginArray()
        for attribute in attributes { write(attribute.key, attribute.value, to: &json) }
        json.endArray()
    }

    /// A `KeyValue`.
    package static func write(_ key: String, _ value: AttributeValue, to json: inout JSONWriter) {
        json.beginObject()
        json.key("key")
        json.string(key)
        json.key("value")
        write(value, to: &json)
        json.endObject()
    }

    /// An `AnyValue`.
    package static func write(_ value: AttributeValue, to json: inout JSONWriter) {
        json.beginObject()
        switch value {
        case .string(let value):
            json.key("stringValue")
            json.string(value)
        case .bool(let value):
            json.key("boolValue")
            json.bool(value)
        case .int(let value):
            json.key("intValue")
            json.decimalString(value)
        case .double(let value):
            json.key("doubleValue")
            json.double(value)
        case .bytes(let value):
            json.key("bytesValue")
            json.base64(value)
        case .array(let values):
            json.key("arrayValue")
            json.beginObject()
            json.key("values")
            json.beginArray()
            for value in values { write(value, to: &json) }
            json.endArray()
            json.endObject()
        case .map(let values):
            json.key("kvlistValue")
            json.beginObject()
            json.key("values")
            json.beginArray()
            // A dictionary has no order: sorted, equal values make equal text.
            for (key, value) in values.sorted(by: { $0.key < $1.key }) { write(key, value, to: &json) }
            json.endArray()
            json.endObject()
        }
        json.endObject()
    }
}
