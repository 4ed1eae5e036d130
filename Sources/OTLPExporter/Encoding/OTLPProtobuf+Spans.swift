import TracingCore

extension OTLPProtobuf {
    /// An `ExportTraceServiceRequest` (and `TracesData`): spans grouped by resource and scope, each in the order in which
    /// they first come.
    static func write(_ spans: [SpanData], to writer: inout ProtobufWriter) {
        for (resource, positions) in spans.indices.exportGroups(by: { spans[$0].resource }).reversed() {
            writer.message(1) { writer in
                write(3, text: resource.schemaURL, to: &writer)
                for (scope, positions) in positions.exportGroups(by: { spans[$0].scope }).reversed() {
                    writer.message(2) { writer in
                        write(3, text: scope.schemaURL, to: &writer)
                        for position in positions.reversed() {
                            writer.message(2) { writer in write(spans[position], to: &writer) }
                        }
                        write(1, scope, to: &writer)
                    }
                }
                write(1, resource, to: &writer)
            }
        }
    }

    /// A `Span`.
    private static func write(_ span: SpanData, to writer: inout ProtobufWriter) {
        writer.fixed32(16, SpanFlags.of(span))
        write(15, span.status, to: &writer)
        write(14, count: span.droppedLinksCount, to: &writer)
        for link in span.links.reversed() { writer.message(13) { writer in write(link, to: &writer) } }
        write(12, count: span.droppedEventsCount, to: &writer)
        for event in span.events.reversed() { writer.message(11) { writer in write(event, to: &writer) } }
        write(10, count: span.droppedAttributesCount, to: &writer)
        write(9, span.attributes, to: &writer)
        write(8, time: span.endTime, to: &writer)
        write(7, time: span.startTime, to: &writer)
        writer.varint(6, UInt64(span.kind.rawValue))
        write(5, text: span.name, to: &writer)
        if let parent = span.parent { writer.bytes(4, bigEndian: parent.spanID.value) }
        writeIdentity(span.context, to: &writer)
    }

    /// A `Span.Event`.
    private static func write(_ event: TraceSpan.Event, to writer: inout ProtobufWriter) {
        write(4, count: event.droppedAttributesCount, to: &writer)
        write(3, event.attributes, to: &writer)
        write(2, text: event.name, to: &writer)
        write(1, time: event.time, to: &writer)
    }

    /// A `Span.Link`. Ids of all zeros are written: a link without a target carries attributes alone.
    private static func write(_ link: TraceSpan.Link, to writer: inout ProtobufWriter) {
        writer.fixed32(6, SpanFlags.of(link))
        write(5, count: link.droppedAttributesCount, to: &writer)
        write(4, link.attributes, to: &writer)
        writeIdentity(link.context, to: &writer)
    }

    /// A field of type `Status`, unless nothing is said.
    private static func write(_ field: UInt32, _ status: TraceSpan.Status, to writer: inout ProtobufWriter) {
        switch status {
        case .unset: break
        case .ok: writer.message(field) { writer in writer.varint(3, 1) }
        case .error(let description):
            writer.message(field) { writer in
                writer.varint(3, 2)
                write(2, text: description, to: &writer)
            }
        }
    }

    /// The fields 1 to 3 of `Span` and `Span.Link` alike.
    private static func writeIdentity(_ context: SpanContext, to writer: inout ProtobufWriter) {
        if !context.traceState.isEmpty {
            context.traceState.headerBytes().withUnsafeBytes { writer.bytes(3, $0) }
        }
        writer.bytes(2, bigEndian: context.spanID.value)
        writer.bytes(1, bigEndian: context.traceID.high, context.traceID.low)
    }
}
