extension TracingBackend {
    /// Runs `body` inside a new span, which is active meanwhile and ends with it.
    ///
    /// An error that `body` throws is recorded, sets the span's status, and is rethrown: by the name of its type, with its
    /// text only if the provider records it (``TracerProvider/recordsErrorText``). The body runs in the caller's isolation. `linkLimit` is the most links the span may hold, where it asks for other than the provider's limit.
    public func withSpan<Result>(
        _ name: String, kind: TraceSpan.Kind = .internal, parent: SpanParent = .active,
        attributes: Attributes = Attributes(), links: SpanLinks = .none, linkLimit: Int? = nil,
        scope: InstrumentationScope = .application, isolation: isolated (any Actor)? = #isolation,
        _ body: (TraceSpan) async throws -> Result
    ) async rethrows -> Result {
        let span = startSpan(
            name, kind: kind, parent: parent, attributes: attributes, links: links, linkLimit: linkLimit, scope: scope
        )
        defer { span.end() }
        do {
            return try await span.withActive(isolation: isolation) { try await body(span) }
        } catch {
            let isTextRecorded = tracerProvider?.recordsErrorText ?? false
            span.recordError(error, withMessage: isTextRecorded)
            span.setStatus(.error(isTextRecorded ? String(describing: error) : ErrorTypeName.of(error)))
            throw error
        }
    }

    /// Runs `body` inside a span that links to everything whose context was stored earlier, with rows of a database or
    /// items of a queue: the fan-in of a scheduled job.
    ///
    /// The span is a child of the active span, if any. Contexts that do not read as valid have no link. The span may hold
    /// a link to each, whatever the provider's limit, but not more than `maxLinks`; the rest is counted as dropped.
    public func withSpan<Result>(
        _ name: String, kind: TraceSpan.Kind = .internal, linkedTo stored: some Sequence<StoredTraceContext>,
        maxLinks: Int = 10_000, attributes: Attributes = Attributes(), scope: InstrumentationScope = .application,
        isolation: isolated (any Actor)? = #isolation, _ body: (TraceSpan) async throws -> Result
    ) async rethrows -> Result {
        let links = SpanLinks(stored.compactMap { $0.spanContext.map { TraceSpan.Link($0) } })
        let limit = max(min(links.count, maxLinks), tracerProvider?.limits.linkCount ?? 0)
        return try await withSpan(
            name, kind: kind, attributes: attributes, links: links, linkLimit: limit, scope: scope,
            isolation: isolation, body)
    }
}

extension StoredTraceContext {
    /// The active span and baggage of the current task; reads back as `nil` when no span is active.
    public static var current: StoredTraceContext {
        let active = ActiveContext.current
        return StoredTraceContext(
            TracingBackend.resolve(nil, in: active).spanContext(in: active) ?? .invalid,
            baggage: active.baggage.isEmpty ? nil : active.baggage)
    }
}
