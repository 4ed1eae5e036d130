import TracingCore

/// OTLP's messages (opentelemetry-proto 1.x: `collector`, `trace`, `metrics`, `common`, `resource`), field by field, for any
/// format.
///
/// Each function writes the fields of one message. Empty fields are left out, but a value of an attribute or a point is
/// always written, also if it is zero or empty.
enum OTLPSchema {
    /// The names in JSON of the three levels of a request, whose numbers all signals share.
    struct Levels {
        let resources: StaticString
        let scopes: StaticString
        let items: StaticString
    }

    /// An `Export…ServiceRequest`, which is also a `TracesData` or `MetricsData`.
    ///
    /// - Parameters:
    ///   - size: About how many bytes an item has.
    ///   - writeItem: Writes one item as an element of the field it is given.
    @inline(__always)
    static func request<Item, Sink: OTLPSink>(
        _ levels: Levels, _ resources: [ResourceItems<Item>], to sink: inout Sink, size: (Item) -> Int,
        _ writeItem: (OTLPField, Item, inout Sink) -> Void
    ) {
        let field = OTLPField(1, levels.resources)
        sink.root { sink in
            sink.repeated(field) { sink in
                for resource in resources {
                    let sizes = resource.scopes.map { $0.elements.reduce(64) { $0 + size($1) + 4 } }
                    sink.element(field, expecting: sizes.reduce(256, +)) { sink in
                        write(OTLPField(1, "resource"), resource.resource, to: &sink)
                        scopes(levels, resource.scopes, sizes, to: &sink, writeItem)
                        write(OTLPField(3, "schemaUrl"), text: resource.resource.schemaURL, to: &sink)
                    }
                }
            }
        }
    }

    /// The field `scope_spans` or `scope_metrics`.
    @inline(__always)
    private static func scopes<Item, Sink: OTLPSink>(
        _ levels: Levels, _ scopes: [ScopeItems<Item>], _ sizes: [Int], to sink: inout Sink,
        _ writeItem: (OTLPField, Item, inout Sink) -> Void
    ) {
        let (field, items) = (OTLPField(2, levels.scopes), OTLPField(2, levels.items))
        sink.repeated(field) { sink in
            for (scope, size) in zip(scopes, sizes) {
                sink.element(field, expecting: size) { sink in
                    write(OTLPField(1, "scope"), scope.key, to: &sink)
                    sink.repeated(items) { sink in
                        for item in scope.elements { writeItem(items, item, &sink) }
                    }
                    write(OTLPField(3, "schemaUrl"), text: scope.key.schemaURL, to: &sink)
                }
            }
        }
    }

    @inline(__always)
    static func write<Sink: OTLPSink>(_ field: OTLPField, text: String?, to sink: inout Sink) {
        if let text, !text.isEmpty { sink.string(field, text) }
    }

    @inline(__always)
    static func write<Sink: OTLPSink>(_ field: OTLPField, count: Int, to sink: inout Sink) {
        if count > 0 { sink.uint32(field, UInt32(clamping: count)) }
    }

    @inline(__always)
    static func write<Sink: OTLPSink>(_ field: OTLPField, time: Timestamp, to sink: inout Sink) {
        if time.nanosecondsSinceEpoch > 0 { sink.fixed64(field, time.nanosecondsSinceEpoch) }
    }
}
