#if DistributedTracing
public import Tracing
public import TracingCore

/// Any tracer of swift-distributed-tracing as a backend of our API.
///
/// Its `startSpan` has no place for links and attributes: they are added right after the start, so that no sampler of its
/// sees them. Baggage of ours travels beside its headers. Safe to use from any thread.
public final class DistributedTracerAdapter: ExternalTracer {
    /// The tracer that records.
    public let tracer: any Tracer
    /// Instruments that write and read headers of their own, the tracer among them; `nil` when the tracer is alone.
    private let instruments: (any Instrument)?

    /// A backend that records with `tracer`.
    ///
    /// - Parameters:
    ///   - tracer: records spans.
    ///   - instruments: writes and reads headers in the tracer's place; it has the tracer among its parts.
    public init(_ tracer: any Tracer, instruments: MultiplexInstrument? = nil) {
        self.tracer = tracer
        self.instruments = instruments
    }

    public func startSpan(
        _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes, links: SpanLinks,
        at time: Timestamp?
    ) -> any ExternalSpan {
        let kind = SpanKind(kind)
        let time = time ?? .now
        let span: any Tracing.Span
        var context: ServiceContext
        switch parent {
        case .active:
            span = tracer.startSpan(name, context: .current ?? .topLevel, ofKind: kind, at: time)
            context = span.context
        case .context(let parent):
            span = tracer.startSpan(name, context: parent.serviceContext, ofKind: kind, at: time)
            context = span.context
        case .span(let remote) where remote.isValid:
            let parent = self.context(of: remote, in: .current)
            span = tracer.startSpan(name, context: parent.serviceContext, ofKind: kind, at: time)
            context = span.context
        case .root, .span:
            // Which keys the tracer keeps its span under is its own affair: it starts from nothing, and what it says then
            // goes on top of what is there, so that other libraries' keys stay.
            let ambient = ActiveContext.current.root
            span = tracer.startSpan(name, context: .topLevel, ofKind: kind, at: time)
            context = ambient.adding(ActiveContext(span.context)).serviceContext
        }
        if span.isRecording {
            if !attributes.isEmpty { span.updateAttributes { $0.merge(attributes) } }
            for index in links.indices {
                let link = links[index]
                let target = links.externalContext(at: index) ?? self.context(of: link.context, in: .none)
                span.addLink(
                    SpanLink(context: target.serviceContext, attributes: SpanAttributes(link.attributes)))
            }
        }
        return DistributedSpanAdapter(span, context: context, tracer: self)
    }

    public func inject(_ context: ActiveContext) -> [(name: String, value: String)] {
        var carrier = HeaderList()
        if let instruments {
            instruments.inject(context.serviceContext, into: &carrier, using: HeaderListAccess())
        } else {
            tracer.inject(context.serviceContext, into: &carrier, using: HeaderListAccess())
        }
        let name = PropagationHeader.baggage.description
        let baggage = context.baggage
        if !baggage.isEmpty, carrier.value(of: name) == nil {
            let value = baggage.headerValue
            if !value.isEmpty { carrier.set(name, value) }
        }
        return carrier.headers
    }

    /// What the tracer reads, and beside it, in our own terms, what W3C headers say: the span's identity and baggage.
    ///
    /// `nil` when the tracer reads nothing.
    public func extract(_ headers: [(name: String, value: String)]) -> ActiveContext? {
        let carrier = HeaderList(headers: headers)
        var context = ServiceContext.topLevel
        tracer.extract(carrier, into: &context, using: HeaderListAccess())
        guard !context.isEmpty else { return nil }
        instruments?.extract(carrier, into: &context, using: HeaderListAccess())
        var extracted = ActiveContext(context)
        let said = carrier.w3c
        if let remote = said.context { extracted = extracted.with(span: TraceSpan(propagating: remote)) }
        if !said.baggage.isEmpty { extracted = extracted.with(baggage: said.baggage) }
        return extracted
    }

    public func identity(in context: ActiveContext) -> [(name: String, value: String)] {
        var carrier = HeaderList()
        tracer.inject(context.serviceContext, into: &carrier, using: HeaderListAccess())
        carrier.headers.removeAll { $0.name == PropagationHeader.baggage.description }
        return carrier.headers
    }
}
#endif
