extension OTLPJSON {
    /// A `TracesData` (and `ExportTraceServiceRequest`): `{"resourceSpans":[…]}`, grouped by resource and scope in the order
    /// in which they first come.
    package static func write(_ spans: [SpanData], to json: inout JSONWriter) {
        json.beginObject()
        json.key("resourceSpans")
        json.beginArray()
        for (resource, spans) in spans.exportGroups(by: \.resource) {
            json.beginObject()
            json.key("resource")
            write(resource, to: &json)
            json.key("scopeSpans")
            json.beginArray()
            for (scope, spans) in spans.exportGroups(by: \.scope) {
                json.beginObject()
                json.key("scope")
                write(scope, to: &json)
                json.key("spans")
                json.beginArray()
                for span in spans { write(span, to: &json) }
                json.endArray()
                writeMember("schemaUrl", scope.schemaURL, to: &json)
                json.endObject()
            }
            json.endArray()
            writeMember("schemaUrl", resource.schemaURL, to: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    /// A `Span`.
    static func write(_ span: SpanData, to json: inout JSONWriter) {
        json.beginObject()
        writeIdentity(span.context, to: &json)
        if let parent = span.parent { writeMember("parentSpanId", parent.spanID.hexString, to: &json) }
        writeMember("flags", SpanFlags.of(span), to: &json)
        writeMember("name", span.name, to: &json)
        json.key("kind")
        json.integer(span.kind.rawValue)
        writeMember("startTimeUnixNano", span.startTime, to: &json)
        writeMember("endTimeUnixNano", span.endTime, to: &json)
        writeMember(attributes: span.attributes, to: &json)
        writeMember("droppedAttributesCount", span.droppedAttributesCount, to: &json)
        writeMember("events", span.events, to: &json, write)
        writeMember("droppedEventsCount", span.droppedEventsCount, to: &json)
        writeMember("links", span.links, to: &json, write)
        writeMember("droppedLinksCount", span.droppedLinksCount, to: &json)
        json.key("status")
        write(span.status, to: &json)
        json.endObject()
    }

    /// A `Span.Event`.
    private static func write(_ event: TraceSpan.Event, to json: inout JSONWriter) {
        json.beginObject()
        writeMember("timeUnixNano", event.time, to: &json)
        writeMember("name", event.name, to: &json)
        writeMember(attributes: event.attributes, to: &json)
        writeMember("droppedAttributesCount", event.droppedAttributesCount, to: &json)
        json.endObject()
    }

    /// A `Span.Link`. Ids of all zeros are written: a link without a target carries attributes alone.
    private static func write(_ link: TraceSpan.Link, to json: inout JSONWriter) {
        json.beginObject()
        writeIdentity(link.context, to: &json)
        writeMember(attributes: link.attributes, to: &json)
        writeMember("droppedAttributesCount", link.droppedAttributesCount, to: &json)
        writeMember("flags", SpanFlags.of(link), to: &json)
        json.endObject()
    }

    /// A `Status`.
    private static func write(_ status: TraceSpan.Status, to json: inout JSONWriter) {
        json.beginObject()
        switch status {
        case .unset: break
        case .ok:
            json.key("code")
            json.integer(1)
        case .error(let description):
            writeMember("message", description, to: &json)
            json.key("code")
            json.integer(2)
        }
        json.endObject()
    }

    private static func writeIdentity(_ context: SpanContext, to json: inout JSONWriter) {
        json.key("traceId")
        json.string(context.traceID.hexString)
        json.key("spanId")
        json.string(context.spanID.hexString)
        if !context.traceState.isEmpty { writeMember("traceState", context.traceState.headerValue, to: &json) }
    }

    private static func writeMember(_ key: String, _ value: some FixedWidthInteger, to json: inout JSONWriter) {
        guard value != 0 else { return }
        json.key(key)
        json.integer(value)
    }

    private static func writeMember<Element>(
        _ key: String, _ elements: [Element], to json: inout JSONWriter, _ write: (Element, inout JSONWriter) -> Void
    ) {
        guard !elements.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for element in elements { write(element, &json) }
        json.endArray()
    }
}
