public import TracingCore

extension SpanData {
    /// Everything the span says, as text: equal spans have equal texts, a NaN is equal to itself, maps have an order, and
    /// the order of attributes counts.
    public var content: String {
        let parent = parent.map { "\($0.spanID) remote=\($0.isRemote)" } ?? "none"
        let events = events.map {
            "\($0.name) \($0.time) \(text($0.attributes)) dropped=\($0.droppedAttributesCount)"
        }
        let links = links.map {
            "\(text($0.context)) \(text($0.attributes)) dropped=\($0.droppedAttributesCount)"
        }
        return """
            \(name.debugDescription) \(kind) \(text(context)) parent=\(parent) \(startTime)-\(endTime) \(text(attributes)) \
            events=\(events) links=\(links) status=\(status) \
            dropped=\(droppedAttributesCount),\(droppedEventsCount),\(droppedLinksCount) \
            scope=\(scope.name) \(scope.version ?? "-") \(scope.schemaURL ?? "-") \(text(scope.attributes)) \
            resource=\(text(resource.attributes)) \(resource.schemaURL ?? "-")
            """
    }
}

private func text(_ context: SpanContext) -> String {
    "\(context.traceID)/\(context.spanID)/\(context.traceFlags)/\(context.traceState.headerValue)/\(context.isRemote)"
}

private func text(_ attributes: Attributes) -> String {
    "[" + attributes.map { "\($0.key.debugDescription)=\(text($0.value))" }.joined(separator: ", ") + "]"
}

private func text(_ value: AttributeValue) -> String {
    switch value {
    case .string(let value): "string \(value.debugDescription)"
    case .bool(let value): "bool \(value)"
    case .int(let value): "int \(value)"
    case .double(let value): "double \(value)"
    case .bytes(let value): "bytes \(value)"
    case .array(let values): "array \(values.map(text))"
    case .map(let values):
        "map \(values.sorted { $0.key < $1.key }.map { "\($0.key.debugDescription)=\(text($0.value))" })"
    }
}
