import TracingCore

extension OTLPSchema {
    /// The links that a span started with, then those that were added later.
    @inline(__always)
    static func writeLinks<Sink: OTLPSink>(of span: borrowing EndedSpan.Details, to sink: inout Sink) {
        guard span.links.count > 0 || !span.lateLinks.isEmpty else { return }
        writeSomeLinks(of: span, to: &sink)
    }

    private static func writeSomeLinks<Sink: OTLPSink>(of span: borrowing EndedSpan.Details, to sink: inout Sink) {
        // A format that writes the brackets of a list has to know whether there is any element.
        if Sink.writesDefaults, span.lateLinks.isEmpty, !span.links.hasMeaningfulLink { return }
        let field = OTLPField(13, "links")
        let (links, late, limits) = (span.links, span.lateLinks, span.limits)
        sink.repeated(field) { sink in
            var size = 160
            switch links.form {
            case .none: break
            case .one(let context): size = element(field, TraceSpan.Link(context), expecting: size, to: &sink)
            case .list(let list):
                for index in 0..<min(list.count, links.count) {
                    if let limits {
                        size = element(field, limits.limited(list[index]), expecting: size, to: &sink)
                    } else {
                        size = element(field, list[index], expecting: size, to: &sink)
                    }
                }
            case .facts(let facts) where limits == nil:
                size = elements(field, facts, count: links.count, expecting: size, to: &sink)
            case .packed, .facts:
                for link in links where link.isMeaningful {
                    size = element(field, limits?.limited(link) ?? link, expecting: size, to: &sink)
                }
            }
            for link in late { size = element(field, link, expecting: size, to: &sink) }
        }
    }

    /// Links that are described as plain data.
    ///
    /// - Returns: the size of the last one.
    private static func elements<Sink: OTLPSink>(
        _ field: OTLPField, _ facts: any FactLinks, count: Int, expecting size: Int, to sink: inout Sink
    ) -> Int {
        var size = size
        LinkRecord.withRecord { record in
            for index in 0..<count {
                record.reset()
                facts.describe(index, into: &record)
                if record.isMeaningful { size = sink.element(field, expecting: size) { write(record, to: &$0) } }
            }
        }
        return size
    }

    /// A `Span.Link` as an element.
    ///
    /// - Returns: its size.
    private static func element<Sink: OTLPSink>(
        _ field: OTLPField, _ link: TraceSpan.Link, expecting size: Int, to sink: inout Sink
    ) -> Int {
        sink.element(field, expecting: size) { sink in
            writeIdentity(link.context, to: &sink)
            write(OTLPField(4, "attributes"), link.attributes, to: &sink)
            write(OTLPField(5, "droppedAttributesCount"), count: link.droppedAttributesCount, to: &sink)
            sink.fixed32(
                OTLPField(6, "flags"), SpanFlags.ofLink(to: link.context.traceFlags, isRemote: link.context.isRemote))
        }
    }

    /// A `Span.Link` of plain data.
    @inline(__always)
    private static func write<Sink: OTLPSink>(_ record: borrowing LinkRecord, to sink: inout Sink) {
        let field = OTLPField(4, "attributes")
        writeIdentity(record.context, to: &sink)
        let (shared, facts) = (record.sharedAttributes, record.facts.elements)
        if shared != nil || !facts.isEmpty {
            sink.repeated(field) { sink in
                shared?._withUnsafeGuaranteedRef { elements(field, $0, as: .linkAttributes, to: &sink) }
                for fact in facts { element(field, fact, to: &sink) }
            }
        }
        sink.fixed32(OTLPField(6, "flags"), SpanFlags.ofLink(to: record.traceFlags, isRemote: record.isRemote))
    }
}

extension LinkRecord {
    @inline(__always)
    fileprivate var context: SpanContext {
        SpanContext(traceID: traceID, spanID: spanID, traceFlags: traceFlags, traceState: traceState)
    }

    /// Whether the link refers to anything or has attributes.
    @inline(__always)
    fileprivate var isMeaningful: Bool {
        traceID.isValid && spanID.isValid || facts.count > 0 || !traceState.isEmpty
            || sharedAttributes?._withUnsafeGuaranteedRef { !$0.isEmpty } ?? false
    }
}

extension SpanLinks {
    /// Whether any link refers to anything or has attributes. The first one mostly does.
    fileprivate var hasMeaningfulLink: Bool {
        switch form {
        case .packed, .facts: contains(where: \.isMeaningful)
        default: count > 0
        }
    }
}
