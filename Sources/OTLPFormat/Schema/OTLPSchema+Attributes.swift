import TracingCore

extension OTLPSchema {
    /// A repeated field of `KeyValue`, unless there are none.
    static func write<Sink: OTLPSink>(_ field: OTLPField, _ attributes: Attributes, to sink: inout Sink) {
        guard !attributes.isEmpty else { return }
        sink.repeated(field) { sink in
            attributes.sharedSet?.withElements { elements(field, $0, to: &sink) }
            attributes.ownElements.withUnsafeBufferPointer { elements(field, $0, to: &sink) }
        }
    }

    /// Elements of a repeated field of `KeyValue`.
    static func elements<Sink: OTLPSink>(
        _ field: OTLPField, _ attributes: UnsafeBufferPointer<Attribute>, to sink: inout Sink
    ) {
        for index in attributes.indices { element(field, attributes[index].key, attributes[index].value, to: &sink) }
    }

    /// Elements of a repeated field of `KeyValue` that many spans or links share: written once, then copied.
    @inline(__always)
    static func elements<Sink: OTLPSink>(
        _ field: OTLPField, _ attributes: AttributeSet, as part: CachedPart, to sink: inout Sink
    ) {
        if !sink.copy(part, from: attributes.encodings) { keep(field, attributes, as: part, to: &sink) }
    }

    @inline(never)
    private static func keep<Sink: OTLPSink>(
        _ field: OTLPField, _ attributes: AttributeSet, as part: CachedPart, to sink: inout Sink
    ) {
        sink.keep(part, in: attributes.encodings) { sink in
            attributes.withElements { elements(field, $0, to: &sink) }
        }
    }

    /// A `KeyValue`.
    @inline(__always)
    private static func element<Sink: OTLPSink>(
        _ field: OTLPField, _ key: String, _ value: AttributeValue, to sink: inout Sink
    ) {
        sink.element(field, expecting: 0) { sink in
            sink.string(OTLPField(1, "key"), key)
            sink.message(OTLPField(2, "value")) { write(value, to: &$0) }
        }
    }

    /// A `KeyValue` of a fact.
    @inline(__always)
    static func element<Sink: OTLPSink>(_ field: OTLPField, _ fact: AttributeFact, to sink: inout Sink) {
        sink.element(field, expecting: 0) { sink in
            fact.key.withStorage { if !sink.copy(.name, from: $0.encodings) { keep($0, to: &sink) } }
            sink.message(OTLPField(2, "value")) { sink in
                switch fact.value {
                case .int(let value): sink.int64(OTLPField(3, "intValue"), value)
                case .double(let value): sink.double(OTLPField(4, "doubleValue"), value)
                case .bool(let value): sink.bool(OTLPField(2, "boolValue"), value)
                case .text(let value): sink.string(OTLPField(1, "stringValue"), utf8: value)
                }
            }
        }
    }

    /// The field `key` of a `KeyValue`.
    @inline(never)
    private static func keep<Sink: OTLPSink>(_ key: AttributeKey.Storage, to sink: inout Sink) {
        sink.keep(.name, in: key.encodings) { $0.string(OTLPField(1, "key"), key.name) }
    }

    /// An `AnyValue`.
    @inline(__always)
    private static func write<Sink: OTLPSink>(_ value: AttributeValue, to sink: inout Sink) {
        switch value {
        case .string(let value): sink.string(OTLPField(1, "stringValue"), value)
        case .bool(let value): sink.bool(OTLPField(2, "boolValue"), value)
        case .int(let value): sink.int64(OTLPField(3, "intValue"), value)
        case .double(let value): sink.double(OTLPField(4, "doubleValue"), value)
        case .array(let values): write(values, to: &sink)
        case .map(let values): write(values, to: &sink)
        case .bytes(let value): sink.bytes(OTLPField(7, "bytesValue"), value)
        }
    }

    /// An `AnyValue` that is an array.
    @inline(never)
    private static func write<Sink: OTLPSink>(_ values: [AttributeValue], to sink: inout Sink) {
        let field = OTLPField(1, "values")
        sink.message(OTLPField(5, "arrayValue")) { sink in
            sink.repeated(field) { sink in
                for value in values { sink.element(field, expecting: 0) { write(value, to: &$0) } }
            }
        }
    }

    /// An `AnyValue` that is a map. A dictionary has no order: sorted, equal values make equal bytes.
    @inline(never)
    private static func write<Sink: OTLPSink>(_ values: [String: AttributeValue], to sink: inout Sink) {
        let field = OTLPField(1, "values")
        sink.message(OTLPField(6, "kvlistValue")) { sink in
            sink.repeated(field) { sink in
                for (key, value) in values.sorted(by: { $0.key < $1.key }) { element(field, key, value, to: &sink) }
            }
        }
    }

    /// A field of type `Resource`. Its schema URL belongs to the message around it.
    static func write<Sink: OTLPSink>(_ field: OTLPField, _ resource: Resource, to sink: inout Sink) {
        sink.message(field, expecting: 128) { write(OTLPField(1, "attributes"), resource.attributes, to: &$0) }
    }

    /// A field of type `InstrumentationScope`. Its schema URL belongs to the message around it.
    static func write<Sink: OTLPSink>(_ field: OTLPField, _ scope: InstrumentationScope, to sink: inout Sink) {
        sink.message(field) { sink in
            write(OTLPField(1, "name"), text: scope.name, to: &sink)
            write(OTLPField(2, "version"), text: scope.version, to: &sink)
            write(OTLPField(3, "attributes"), scope.attributes, to: &sink)
        }
    }
}
