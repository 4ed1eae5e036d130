extension OTLPJSON {
    /// A `Resource`. Its schema URL belongs to the message around it.
    package static func write(_ resource: Resource, to json: inout JSONWriter) {
        json.beginObject()
        writeMember(attributes: resource.attributes, to: &json)
        json.endObject()
    }

    /// An `InstrumentationScope`. Its schema URL belongs to the message around it.
    package static func write(_ scope: InstrumentationScope, to json: inout JSONWriter) {
        json.beginObject()
        writeMember("name", scope.name, to: &json)
        writeMember("version", scope.version, to: &json)
        writeMember(attributes: scope.attributes, to: &json)
        json.endObject()
    }
}
