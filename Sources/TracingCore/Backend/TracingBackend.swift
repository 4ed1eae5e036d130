import SpanlinkRuntime

/// Where spans are recorded: what adapters and the messaging layer talk to.
///
/// A concrete handle over the core's own tracer, a tracer of another library, or nothing. Which one an operation uses is
/// resolved once, in the caller's task: that of the task tree (``withBackend(isolation:_:)``), else the client's own, else
/// the ``global`` one.
public struct TracingBackend: Sendable {
    @usableFromInline
    enum Kind: Sendable {
        case none(TextMapPropagator.Formats)
        case core(TracerProvider)
        case external(ExternalBackend)
    }

    @usableFromInline let kind: Kind

    /// Records nothing. An active span's context is still passed on.
    public static let disabled = disabled(propagating: [.traceContext, .baggage])

    /// Records nothing, and passes on what is active in these formats alone.
    package static func disabled(propagating formats: TextMapPropagator.Formats) -> TracingBackend {
        TracingBackend(kind: .none(formats))
    }

    /// Records with the core's own tracer.
    public static func core(_ provider: TracerProvider) -> TracingBackend { TracingBackend(kind: .core(provider)) }

    /// Records with a tracer of another library; `metrics` receives what is measured.
    public static func external(_ tracer: any ExternalTracer, metrics: MeterProvider = .noop) -> TracingBackend {
        TracingBackend(kind: .external(ExternalBackend(tracer: tracer, meterProvider: metrics)))
    }

    /// Where measurements go.
    public var meterProvider: MeterProvider {
        switch kind {
        case .none: .noop
        case .core(let provider): provider.meterProvider
        case .external(let backend): backend.meterProvider
        }
    }

    /// What messages carry of a context, and what is taken from them: as the core's tracer says, else trace context and
    /// baggage. A tracer of another library chooses its headers itself.
    @inlinable public var propagatedFormats: TextMapPropagator.Formats {
        switch kind {
        case .none(let formats): formats
        case .core(let provider): provider.propagator.formats
        case .external: [.traceContext, .baggage]
        }
    }

    /// Where measurements go, `nil` when nobody takes them.
    package var measuringProvider: MeterProvider? {
        let provider: MeterProvider
        switch kind {
        case .none: return nil
        case .core(let core): provider = core.meterProvider
        case .external(let backend): provider = backend.meterProvider
        }
        return provider.isEnabled ? provider : nil
    }

    /// The core's tracer, when it is the backend.
    public var tracerProvider: TracerProvider? {
        if case .core(let provider) = kind { provider } else { nil }
    }
}

// MARK: - Which one

extension TracingBackend {
    private static let globalBackend = ReadMostly(TracingBackend.disabled)

    /// The backend of the process, for all operations that name no other. Set by start-up (`Telemetry`). Reading takes no lock.
    public static var global: TracingBackend {
        get { globalBackend.value }
        set { globalBackend.update { _ in newValue } }
    }

    /// Makes `backend` that of the process.
    ///
    /// - Returns: The backend before.
    package static func exchangeGlobal(_ backend: TracingBackend) -> TracingBackend {
        globalBackend.update { _ in backend }
    }

    /// Removes the backend of the process if it was the given tracer. Messages carry the same formats as before.
    package static func resetGlobal(ifItIs provider: TracerProvider) {
        globalBackend.update {
            $0.tracerProvider === provider ? .disabled(propagating: provider.propagator.formats) : $0
        }
    }

    /// Messages of the process carry these formats, if nothing records in it.
    package static func setGlobalFormats(_ formats: TextMapPropagator.Formats) {
        globalBackend.update { $0.isObserving ? $0 : .disabled(propagating: formats) }
    }

    /// The backend of the current task.
    public static var current: TracingBackend { resolve(nil, in: .current) }

    /// The backend that an operation in `context` uses, for a client whose own one is `client`.
    public static func resolve(_ client: TracingBackend?, in context: ActiveContext) -> TracingBackend {
        context.backend ?? client ?? global
    }

    /// Runs `body` with this backend for its task tree, whatever clients and the process say.
    public func withBackend<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await ActiveContext.current.with(backend: self).withActive(isolation: isolation, body)
    }
}

// MARK: - Spans

extension TracingBackend {
    /// Starts a span. It must be ended.
    ///
    /// - Parameters:
    ///   - name: what is done, in few different words (low cardinality).
    ///   - parent: what the span is a child of.
    ///   - attributes: what is known already; samplers see these.
    ///   - links: other spans it refers to; samplers see these.
    ///   - linkLimit: most links the span may hold, where it asks for other than the provider's limit.
    ///   - time: when the operation started, now unless said.
    ///   - scope: which library records it.
    public func startSpan(
        _ name: String, kind: TraceSpan.Kind = .internal, parent: SpanParent = .active,
        attributes: Attributes = Attributes(), links: SpanLinks = .none, linkLimit: Int? = nil,
        at time: Timestamp? = nil, scope: InstrumentationScope = .application
    ) -> TraceSpan {
        switch kindOfBackend {
        case .core(let provider):
            return provider.startSpan(
                name, kind: kind, parent: parent, attributes: attributes, links: links, linkLimit: linkLimit,
                at: time.map(SpanInstant.init), scope: scope)
        case .external(let backend):
            let span = backend.tracer.startSpan(
                name, kind: kind, parent: parent, attributes: attributes, links: links, at: time)
            return TraceSpan(external: span)
        case .none:
            // Without an SDK the parent is passed on unchanged (OpenTelemetry trace API, "Behavior in the absence of an SDK").
            return TraceSpan(propagating: Self.contextWithoutSDK(parent))
        }
    }

    /// Starts a span whose attributes are all known when it ends. It must be ended, with the same template.
    ///
    /// - Parameters:
    ///   - template: name, shared attributes and scope.
    ///   - parent: the parent of the span.
    ///   - links: other spans that the span refers to. Give them again at the end.
    ///   - linkLimit: the largest number of links, if it differs from the provider's limit.
    ///   - start: the start of the operation; default: now.
    ///   - attributes: adds the attributes that are known at the start; their keys are not in the template.
    public func startDeferredSpan(
        _ template: SpanTemplate, kind spanKind: TraceSpan.Kind, parent: SpanParent = .active,
        links: SpanLinks = .none, linkLimit: Int? = nil, at start: SpanInstant? = nil,
        attributes: (inout AttributeFacts) -> Void = { _ in }
    ) -> DeferredSpan {
        switch kind {
        case .core(let provider):
            return provider.startDeferredSpan(
                template, kind: spanKind, parent: parent, links: links, linkLimit: linkLimit, at: start, attributes)
        case .external(let backend):
            let span = TraceSpan(
                external: backend.tracer.startSpan(
                    template.name, kind: spanKind, parent: parent,
                    attributes: Attributes(on: template.attributes, adding: attributes), links: links, at: start?.time))
            return DeferredSpan(span, kind: spanKind, start: start ?? .now)
        case .none: return DeferredSpan(propagating: Self.contextWithoutSDK(parent))
        }
    }

    /// Starts a span of a template that its handler may change. It must be ended.
    ///
    /// - Parameter attributes: attributes on top of the template's set.
    package func startSpan(
        _ template: SpanTemplate, kind spanKind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes,
        links: SpanLinks, linkLimit: Int? = nil, at start: SpanInstant
    ) -> TraceSpan {
        guard case .core(let provider) = kind else {
            return startSpan(
                template.name, kind: spanKind, parent: parent, attributes: attributes, links: links,
                linkLimit: linkLimit, at: start.time, scope: template.scope)
        }
        return provider.startSpan(
            template.name, kind: spanKind, parent: parent, attributes: attributes, links: links, linkLimit: linkLimit,
            at: start, scope: template.scope, template: template)
    }

    private static func contextWithoutSDK(_ parent: SpanParent) -> SpanContext {
        switch parent {
        case .root: .invalid
        case .active: ActiveContext.current.spanContext ?? .invalid
        case .context(let context): context.spanContext ?? .invalid
        case .span(let context): context
        }
    }

    private var kindOfBackend: Kind { kind }

    /// Whether the span that is active in `one` is the one that is active in `other`.
    public func isSameSpan(_ one: ActiveContext, _ other: ActiveContext) -> Bool {
        switch kind {
        case .none, .core:
            return one.spanContext?.spanID == other.spanContext?.spanID
                && one.spanContext?.traceID == other.spanContext?.traceID
        case .external(let backend):
            return backend.tracer.identity(in: one).elementsEqual(backend.tracer.identity(in: other), by: ==)
        }
    }

    /// Whether a span is active in `context`, as this backend sees it.
    public func hasSpan(_ context: ActiveContext) -> Bool {
        switch kind {
        case .none, .core: context.spanContext != nil
        case .external(let backend): !backend.tracer.identity(in: context).isEmpty
        }
    }

    /// What identifies the span that is active in `context`, as this backend sees it, in W3C terms; `nil` when there is
    /// none, or when a tracer of another library has no such terms.
    public func spanContext(in context: ActiveContext) -> SpanContext? {
        switch kind {
        case .none, .core: context.spanContext
        case .external(let backend): backend.tracer.spanContext(in: context)
        }
    }
}

extension InstrumentationScope {
    /// The scope of spans that an application starts itself.
    public static let application = InstrumentationScope(name: "application")
}

extension TracingBackend {
    /// Whether anything is recorded at all, spans or measurements.
    @inlinable public var isObserving: Bool {
        if case .none = kind { false } else { true }
    }
}
