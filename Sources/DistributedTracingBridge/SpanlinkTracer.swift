#if DistributedTracing
public import Tracing
public import TracingCore

/// The core as a backend of swift-distributed-tracing: what other libraries trace goes where our own spans go.
///
///     InstrumentationSystem.bootstrap(telemetry.instrument)
///
/// or, without the module `Telemetry`, `SpanlinkTracer(provider)` with a tracer of your own.
///
/// Their spans and ours see each other as parents, for both read one active context. A backend that a task tree names for
/// itself (``TracingBackend/withBackend(isolation:_:)``) takes their spans as well, when it is the core's. Safe to use from
/// any thread.
public struct SpanlinkTracer: Tracer {
    /// Records the spans; `nil` when the SDK is disabled: then contexts are passed on all the same.
    public var provider: TracerProvider? { backend.tracerProvider }
    /// Writes and reads headers.
    public let propagator: TextMapPropagator
    /// The core's tracer, or nothing.
    let backend: TracingBackend
    private let scope: InstrumentationScope

    /// An instrument to bootstrap swift-distributed-tracing with.
    ///
    /// - Parameters:
    ///   - provider: records the spans.
    ///   - propagator: writes and reads headers: that of the provider unless said.
    ///   - scope: what the spans say of the library that records them: swift-distributed-tracing does not tell which it is.
    public init(
        _ provider: TracerProvider, propagator: TextMapPropagator? = nil,
        scope: InstrumentationScope = InstrumentationScope(name: "swift-distributed-tracing")
    ) {
        self.init(.core(provider), propagator: propagator ?? provider.propagator, scope: scope)
    }

    /// An instrument over `backend`, which is the core's or disabled.
    package init(
        _ backend: TracingBackend, propagator: TextMapPropagator,
        scope: InstrumentationScope = InstrumentationScope(name: "swift-distributed-tracing")
    ) {
        self.backend = backend
        self.propagator = propagator
        self.scope = scope
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> SpanlinkTracerSpan {
        let parent = ActiveContext(context())
        let resolved = TracingBackend.resolve(backend, in: parent)
        let span = (resolved.tracerProvider == nil ? backend : resolved).startSpan(
            operationName, kind: TraceSpan.Kind(kind), parent: .context(parent),
            at: Timestamp(nanosecondsSinceEpoch: instant().nanosecondsSinceEpoch), scope: scope)
        return SpanlinkTracerSpan(span, name: operationName, context: parent.with(span: span).serviceContext)
    }

    /// The span that is active in `context` while it records.
    public func activeSpan(identifiedBy context: ServiceContext) -> SpanlinkTracerSpan? {
        let span = ActiveContext(context).span
        guard let recorded = span.recorded, recorded.isRecording else { return nil }
        return SpanlinkTracerSpan(span, name: recorded.name, context: context)
    }

    /// Has what ended so far exported, and does not wait for it, since it may be called on a thread that must not block.
    ///
    /// Whoever needs to wait calls ``TracerProvider/forceFlush(timeout:)``.
    public func forceFlush() {
        Task { [provider] in await provider?.forceFlush() }
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        let context = ActiveContext(context)
        for (name, value) in propagator.inject(context.spanContext, context.baggage) {
            injector.inject(value, forKey: name, into: &carrier)
        }
    }

    /// Puts the remote span and the baggage that `carrier` names into `context`; what it does not name stays as it is.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        let headers = propagator.fields.compactMap { name in
            extractor.extract(key: name, from: carrier).map { (name, $0) }
        }
        guard !headers.isEmpty else { return }
        let found = propagator.extract(headers)
        var extracted = ActiveContext(context)
        if let remote = found.context { extracted = extracted.with(span: TraceSpan(propagating: remote)) }
        if !found.baggage.isEmpty { extracted = extracted.with(baggage: found.baggage) }
        context = extracted.serviceContext
    }
}
#endif
