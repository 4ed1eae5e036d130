import TracingCore

extension OTLPSchema {
    private static let levels = Levels(resources: "resourceSpans", scopes: "scopeSpans", items: "spans")

    /// An `ExportTraceServiceRequest`: spans grouped by resource and scope, each in the order in which they first come.
    static func write<Sink: OTLPSink>(_ spans: [SpanData], to sink: inout Sink) {
        // By position: a copy of a span counts a dozen references.
        let groups = spans.indices.exportGroups(by: { spans[$0].resource }).map { group in
            ResourceItems(resource: group.key, scopes: group.elements.exportGroups(by: { spans[$0].scope }))
        }
        // About how many bytes a span has.
        let size = { (position: Int) in 256 + spans[position].links.count * 150 + spans[position].events.count * 100 }
        request(levels, groups, to: &sink, size: size) { field, position, sink in
            sink.element(field, expecting: size(position)) { write(EndedSpan(spans[position]), to: &$0) }
        }
    }

    /// An `ExportTraceServiceRequest` of spans that an encoder for the same format has written.
    static func write<Sink: OTLPSink>(_ spans: EncodedSpans, to sink: inout Sink) {
        let groups = spans.groups.exportGroups(by: \.resource).map { group in
            ResourceItems(
                resource: group.key,
                scopes: group.elements.map { ExportGroup(key: $0.scope, elements: $0.spans) })
        }
        request(levels, groups, to: &sink, size: \.count) { field, span, sink in
            sink.element(field, encoded: span)
        }
    }

    /// A `Span`.
    static func write<Sink: OTLPSink>(_ span: borrowing EndedSpan, to sink: inout Sink) {
        sink.id(OTLPField(1, "traceId"), span.traceID.high, span.traceID.low)
        sink.id(OTLPField(2, "spanId"), span.spanID.value)
        if span.hasTraceState { write(OTLPField(3, "traceState"), span.traceState, to: &sink) }
        if let parent = span.parentSpanID { sink.id(OTLPField(4, "parentSpanId"), parent.value) }
        writeName(of: span, to: &sink)
        sink.enumeration(OTLPField(6, "kind"), span.kind.rawValue)
        write(OTLPField(7, "startTimeUnixNano"), time: span.startTime, to: &sink)
        write(OTLPField(8, "endTimeUnixNano"), time: span.endTime, to: &sink)
        writeAttributes(of: span, to: &sink)
        switch span.details {
        case .some(let details): write(details, to: &sink)
        case .none: write(OTLPField(15, "status"), .unset, to: &sink)
        }
        sink.fixed32(OTLPField(16, "flags"), SpanFlags.of(span))
    }

    /// The fields 10 to 15, which most spans have none of.
    private static func write<Sink: OTLPSink>(_ details: borrowing EndedSpan.Details, to sink: inout Sink) {
        write(OTLPField(10, "droppedAttributesCount"), count: details.droppedAttributesCount, to: &sink)
        if !details.events.isEmpty { writeEvents(details.events, to: &sink) }
        write(OTLPField(12, "droppedEventsCount"), count: details.droppedEventsCount, to: &sink)
        writeLinks(of: details, to: &sink)
        write(OTLPField(14, "droppedLinksCount"), count: details.droppedLinksCount, to: &sink)
        write(OTLPField(15, "status"), details.status, to: &sink)
    }

    /// The fields 1 to 3 of `Span` and `Span.Link` alike. Ids of all zeros are written: a link without a target carries
    /// attributes alone.
    @inline(__always)
    static func writeIdentity<Sink: OTLPSink>(_ context: SpanContext, to sink: inout Sink) {
        sink.id(OTLPField(1, "traceId"), context.traceID.high, context.traceID.low)
        sink.id(OTLPField(2, "spanId"), context.spanID.value)
        write(OTLPField(3, "traceState"), context.traceState, to: &sink)
    }

    @inline(__always)
    private static func write<Sink: OTLPSink>(_ field: OTLPField, _ traceState: TraceState, to sink: inout Sink) {
        if !traceState.isEmpty { traceState.headerBytes().withUnsafeBytes { sink.string(field, utf8: $0) } }
    }

    @inline(__always)
    private static func writeName<Sink: OTLPSink>(of span: borrowing EndedSpan, to sink: inout Sink) {
        let isWritten: Void? = span.withTemplate { template in
            if !sink.copy(.name, from: template.encodings) { keepName(of: template, to: &sink) }
        }
        if isWritten == nil { write(OTLPField(5, "name"), text: span.name, to: &sink) }
    }

    @inline(never)
    private static func keepName<Sink: OTLPSink>(of template: SpanTemplate, to sink: inout Sink) {
        sink.keep(.name, in: template.encodings) { write(OTLPField(5, "name"), text: template.name, to: &$0) }
    }

    /// The attributes: those of the template or the shared ones, then the span's own, then facts.
    @inline(__always)
    private static func writeAttributes<Sink: OTLPSink>(of span: borrowing EndedSpan, to sink: inout Sink) {
        let field = OTLPField(9, "attributes")
        let hasShared = span.withSharedAttributes { !$0.isEmpty } ?? false
        let own: [Attribute]
        switch span.details {
        case .some(let details): own = details.ownAttributes
        case .none: own = []
        }
        guard hasShared || !span.facts.isEmpty || !own.isEmpty else { return }
        sink.repeated(field) { sink in
            _ = span.withSharedAttributes { elements(field, $0, as: .spanAttributes, to: &sink) }
            if !own.isEmpty { own.withUnsafeBufferPointer { elements(field, $0, to: &sink) } }
            for fact in span.facts { element(field, fact, to: &sink) }
        }
    }

    private static func writeEvents<Sink: OTLPSink>(_ events: [TraceSpan.Event], to sink: inout Sink) {
        let field = OTLPField(11, "events")
        sink.repeated(field) { sink in
            var size = 128
            for event in events { size = sink.element(field, expecting: size) { write(event, to: &$0) } }
        }
    }

    /// A `Span.Event`.
    private static func write<Sink: OTLPSink>(_ event: TraceSpan.Event, to sink: inout Sink) {
        write(OTLPField(1, "timeUnixNano"), time: event.time, to: &sink)
        write(OTLPField(2, "name"), text: event.name, to: &sink)
        write(OTLPField(3, "attributes"), event.attributes, to: &sink)
        write(OTLPField(4, "droppedAttributesCount"), count: event.droppedAttributesCount, to: &sink)
    }

    /// A field of type `Status`. An unset status is a default.
    @inline(__always)
    private static func write<Sink: OTLPSink>(_ field: OTLPField, _ status: TraceSpan.Status, to sink: inout Sink) {
        switch status {
        case .unset: if Sink.writesDefaults { sink.message(field) { _ in } }
        case .ok: sink.message(field) { $0.enumeration(OTLPField(3, "code"), 1) }
        case .error(let description):
            sink.message(field) { sink in
                write(OTLPField(2, "message"), text: description, to: &sink)
                sink.enumeration(OTLPField(3, "code"), 2)
            }
        }
    }
}
