public import TracingCore

extension MessagingInstrumentation {
    /// Writes what identifies `span`, and the active baggage, into the headers of a message: each of our headers once.
    ///
    /// What would take the message over its broker's limit is left out, `traceparent` last of all. A format that the backend
    /// does not propagate is not written, and what is there of it is not touched.
    @inlinable
    func inject(
        _ span: TraceSpan, in active: ActiveContext, _ backend: TracingBackend, into message: inout some OutgoingMessage
    ) {
        if backend.externalTracer != nil {
            injectExternal(span, backend, into: &message)
            return
        }
        let context = span.context
        guard context.isValid else { return }
        let formats = backend.propagatedFormats
        var room = min(message.headerRoom, maxHeaderBytes)
        if formats.contains(.traceContext) {
            if message.hasHeaders {
                message.removeHeaders(named: Self.traceparent)
                message.removeHeaders(named: Self.tracestate)
                if replacesOtherCases(of: message) {
                    removeOtherCases(of: Self.traceparent, in: &message)
                    removeOtherCases(of: Self.tracestate, in: &message)
                }
            }
            let length = TraceParent.length + Self.traceparent.utf8.count
            guard room >= length else { return }
            room -= length
            append(context, to: &message)
            if !context.traceState.isEmpty { injectTraceState(context.traceState, &room, into: &message) }
        }
        if injectsBaggage, formats.contains(.baggage), !active.baggage.isEmpty {
            injectBaggage(active.baggage, &room, into: &message)
        }
    }

    @inlinable
    func append(_ context: SpanContext, to message: inout some OutgoingMessage) {
        withUnsafeTemporaryAllocation(byteCount: TraceParent.length, alignment: 8) { bytes in
            TraceParent.write(context, into: bytes)
            message.appendHeader(Self.traceparent, UnsafeRawBufferPointer(bytes))
        }
    }

    /// Writes `context` in the place of the several that the message has: it does not grow. The tracestate of the others
    /// would count as that of `context`, so it is replaced, too.
    @usableFromInline
    func injectAlone(_ context: SpanContext, into message: inout some OutgoingMessage) {
        // A header in another case is ours if it holds a context. Otherwise it is the author's, whatever it means.
        if hasContextInOtherCase(message) {
            removeOtherCases(of: Self.traceparent, in: &message)
            removeOtherCases(of: Self.tracestate, in: &message)
        }
        message.removeHeaders(named: Self.traceparent)
        message.removeHeaders(named: Self.tracestate)
        append(context, to: &message)
        var room = Int.max
        if !context.traceState.isEmpty { injectTraceState(context.traceState, &room, into: &message) }
    }

    /// Whether a header is a `traceparent`: by its name, or in another case if its value is valid.
    @usableFromInline
    static func isTraceparent(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Bool {
        guard PropagationHeader.isSame(name, PropagationHeader.traceparent) else { return false }
        return name.elementsEqual(traceparent.utf8) || value.flatMap { TraceParent.parse($0) } != nil
    }

    private func hasContextInOtherCase(_ message: some OutgoingMessage) -> Bool {
        var isFound = false
        message.readHeaders { name, value in
            isFound = isFound || Self.isTraceparent(name, value) && !name.elementsEqual(Self.traceparent.utf8)
        }
        return isFound
    }

    /// Whether headers such as `Traceparent` are replaced: in a message that is forwarded they are history, as ours are. A
    /// header that the author of a message wrote is the author's.
    @inlinable
    func replacesOtherCases(of message: some OutgoingMessage) -> Bool { message.isForwarded || !keepsAuthoredContexts }

    /// Removes headers whose name differs from `name` in case alone.
    @usableFromInline
    func removeOtherCases(of name: String, in message: inout some OutgoingMessage) {
        var name = name
        var others: [String] = []
        name.withUTF8 { name in
            let name = UnsafeRawBufferPointer(name)
            message.readHeaders { other, _ in
                if PropagationHeader.isSame(other, name), !other.elementsEqual(name) {
                    others.append(String(decoding: other, as: UTF8.self))
                }
            }
        }
        for other in others { message.removeHeaders(named: other) }
    }

    @usableFromInline var maxHeaderBytes: Int { storage.options.maxHeaderBytes }
    @usableFromInline var injectsBaggage: Bool { storage.options.injectsBaggage }

    @usableFromInline
    func injectTraceState(_ state: TraceState, _ room: inout Int, into message: inout some OutgoingMessage) {
        let bytes = state.headerBytes(maxBytes: room - Self.tracestate.utf8.count)
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBytes { message.appendHeader(Self.tracestate, $0) }
        room -= bytes.count + Self.tracestate.utf8.count
    }

    @usableFromInline
    func injectBaggage(_ baggage: Baggage, _ room: inout Int, into message: inout some OutgoingMessage) {
        let limit = min(Baggage.maximumHeaderBytes, room - Self.baggage.utf8.count)
        let bytes = baggage.headerBytes(maxBytes: max(0, limit))
        guard !bytes.isEmpty else { return }
        if message.hasHeaders {
            message.removeHeaders(named: Self.baggage)
            if replacesOtherCases(of: message) { removeOtherCases(of: Self.baggage, in: &message) }
        }
        bytes.withUnsafeBytes { message.appendHeader(Self.baggage, $0) }
        room -= bytes.count + Self.baggage.utf8.count
    }

    /// A tracer of another library writes the headers that it chooses; those of the same names are replaced. What no
    /// message can carry, and what would take it over its limit, is left out.
    @usableFromInline
    func injectExternal(_ span: TraceSpan, _ backend: TracingBackend, into message: inout some OutgoingMessage) {
        guard let headers = backend.externalTracer?.inject(span.activeContext) else { return }
        var room = min(message.headerRoom, maxHeaderBytes)
        for (name, value) in headers where injectsBaggage || name != Self.baggage {
            guard !name.isEmpty, !name.utf8.contains(0) else { continue }
            // How long name and value are takes room, too.
            let size = name.utf8.count + value.utf8.count + 10
            guard size <= room else { continue }
            room -= size
            if message.hasHeaders {
                message.removeHeaders(named: name)
                if replacesOtherCases(of: message) { removeOtherCases(of: name, in: &message) }
            }
            var value = value
            value.withUTF8 { message.appendHeader(name, UnsafeRawBufferPointer($0)) }
        }
    }

    @usableFromInline static var traceparent: String { "traceparent" }
    @usableFromInline static var tracestate: String { "tracestate" }
    @usableFromInline static var baggage: String { "baggage" }
}
