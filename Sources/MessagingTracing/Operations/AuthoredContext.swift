public import TracingCore

/// A context that the author of a message gave it before it was sent, and that stays.
@usableFromInline
struct AuthoredContext: Sendable {
    let spanContext: SpanContext
    let external: ActiveContext?

    @usableFromInline
    init(spanContext: SpanContext, external: ActiveContext?) {
        self.spanContext = spanContext
        self.external = external
    }

    var links: SpanLinks {
        let links = SpanLinks(spanContext)
        return external.map { links.with(externalContexts: [$0]) } ?? links
    }
}

extension MessagingInstrumentation {
    /// The valid context that `message` has and is to keep. Of several `traceparent` headers the one that counts is left:
    /// not every consumer reads them the same way.
    @inlinable
    func authoredContext(of message: inout some OutgoingMessage, _ backend: TracingBackend) -> AuthoredContext? {
        guard message.hasHeaders, !message.isForwarded, keepsAuthoredContexts else { return nil }
        if let external = backend.externalTracer {
            return ExternalHeaders.extract(message, external).map {
                AuthoredContext(spanContext: $0.span.context, external: $0)
            }
        }
        guard backend.propagatedFormats.contains(.traceContext) else { return nil }
        var reader = MessageContextReader()
        var count = 0
        message.readHeaders { name, value in
            reader.read(name: name, value: value)
            if Self.isTraceparent(name, value) { count += 1 }
        }
        guard let context = reader.finish() else { return nil }
        if count > 1, backend.isObserving { injectAlone(context, into: &message) }
        return AuthoredContext(spanContext: context, external: nil)
    }

    @usableFromInline var keepsAuthoredContexts: Bool { options.existingContext == .keep }
}
