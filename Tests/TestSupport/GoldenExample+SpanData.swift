public import TracingCore

extension GoldenExample {
    /// The expected spans as an exporter would be given them, with ids by their order.
    public var spanData: [SpanData] {
        let positions = Dictionary(uniqueKeysWithValues: spans.enumerated().map { ($1.ref, UInt64($0 + 1)) })
        func context(_ ref: String?) -> SpanContext {
            guard let ref else { return .invalid }
            let number = positions[ref] ?? 0xFFFF
            return SpanContext(
                traceID: TraceID(high: number, low: number), spanID: SpanID(number), traceFlags: [.sampled],
                isRemote: positions[ref] == nil)
        }
        return spans.map { span in
            let kinds: [String: TraceSpan.Kind] = [
                "INTERNAL": .internal, "SERVER": .server, "CLIENT": .client, "PRODUCER": .producer,
                "CONSUMER": .consumer,
            ]
            let statuses: [String: TraceSpan.Status] = ["UNSET": .unset, "OK": .ok, "ERROR": .error()]
            return SpanData(
                name: span.name, kind: kinds[span.kind]!, context: context(span.ref),
                parent: span.parent.map { context($0) }, startTime: Timestamp(nanosecondsSinceEpoch: 1),
                endTime: Timestamp(nanosecondsSinceEpoch: 2), attributes: Self.attributes(span.attributes),
                links: span.links.map { TraceSpan.Link(context($0.to), attributes: Self.attributes($0.attributes)) },
                status: statuses[span.status]!, scope: InstrumentationScope(name: id), resource: Resource())
        }
    }

    private static func attributes(_ values: [String: JSONValue]) -> Attributes {
        Attributes(
            values.sorted { $0.key < $1.key }.map { key, value in
                switch value {
                case .string(let value): Attribute(key, .string(value))
                case .bool(let value): Attribute(key, .bool(value))
                case .int(let value): Attribute(key, .int(value))
                case .double(let value): Attribute(key, .double(value))
                case .anyDuration: Attribute(key, 0.25)
                }
            })
    }
}
