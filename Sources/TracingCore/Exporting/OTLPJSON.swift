/// OTLP's messages as JSON (OTLP specification, "JSON Protobuf Encoding"; opentelemetry-proto).
///
/// Each function writes one value; the caller has written the key. Fields that are empty are left out, as Protobuf does,
/// but a value is always written, also when it is zero or empty.
package enum OTLPJSON {
    /// The member `attributes`, unless there are none.
    package static func writeMember(attributes: Attributes, to json: inout JSONWriter) {
        guard !attributes.isEmpty else { return }
        json.key("attributes")
        write(attributes, to: &json)
    }

    /// A string member, unless it is empty.
    package static func writeMember(_ key: String, _ value: String?, to json: inout JSONWriter) {
        guard let value, !value.isEmpty else { return }
        json.key(key)
        json.string(value)
    }

    /// A time as `fixed64` nanoseconds, unless it is unknown (0).
    package static func writeMember(_ key: String, _ time: Timestamp, to json: inout JSONWriter) {
        guard time.nanosecondsSinceEpoch > 0 else { return }
        json.key(key)
        json.decimalString(time.nanosecondsSinceEpoch)
    }
}
