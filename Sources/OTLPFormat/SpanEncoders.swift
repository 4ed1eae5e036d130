package import TracingCore

/// Encodes ended spans as OTLP's protobuf messages `Span`.
package struct ProtobufSpanEncoder: SpanEncoder {
    package init() {}

    package func encode(_ span: borrowing EndedSpan, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        ProtobufSink.write(into: buffer) { OTLPSchema.write(span, to: &$0) }
    }
}

/// Encodes ended spans as JSON objects of OTLP.
package struct JSONSpanEncoder: SpanEncoder {
    package init() {}

    package func encode(_ span: borrowing EndedSpan, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        JSONSink.write(into: buffer) { sink in sink.root { OTLPSchema.write(span, to: &$0) } }
    }
}

extension EndedSpan {
    /// The span as it is in an exporter's hands.
    init(_ span: SpanData) {
        let details = Details(
            name: span.name, ownAttributes: span.attributes.ownElements, events: span.events,
            links: span.links.isEmpty ? .none : SpanLinks(span.links), status: span.status,
            droppedAttributesCount: span.droppedAttributesCount, droppedEventsCount: span.droppedEventsCount,
            droppedLinksCount: span.droppedLinksCount)
        self.init(
            details, template: nil, context: span.context, parent: span.parent, kind: span.kind,
            startTime: span.startTime, endTime: span.endTime, sharedAttributes: span.attributes.sharedSet)
    }
}
