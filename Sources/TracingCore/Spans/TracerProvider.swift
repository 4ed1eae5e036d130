import SpanlinkRuntime

/// The core's own tracer: decides, identifies, limits and records spans, and hands ended ones to its processors
/// (OpenTelemetry trace SDK, "TracerProvider").
///
/// Safe to use from any thread. After ``shutdown(timeout:)`` new spans are not recorded; contexts are still passed on.
public final class TracerProvider: Sendable {
    /// Which service the spans belong to.
    public let resource: Resource
    /// Decides which spans are recorded.
    public let sampler: Sampler
    /// How much a span may hold.
    public let limits: SpanLimits
    /// Where measurements go, also those about spans themselves.
    public let meterProvider: MeterProvider
    /// What clients that record here carry of a context in headers, and take from them.
    public let propagator: TextMapPropagator
    /// Where warnings go.
    public let logSink: any LogSink
    private let processors: [any SpanProcessor]
    private let identifiers: (any TraceIDSource)?
    private let isShutDown = Atomic(false)
    private let droppedLinks: DroppedLinks
    private let metrics: SpanMetrics

    /// A tracer.
    ///
    /// - Parameters:
    ///   - processors: what receives spans, in order.
    ///   - sampler: parent-based, always on at the root, unless said.
    ///   - identifiers: where ids come from; the random generator of each thread unless said.
    ///   - propagator: what clients that record here carry in headers: trace context and baggage unless said.
    public init(
        resource: Resource = Resource(), processors: [any SpanProcessor],
        sampler: Sampler = .parentBased(root: .alwaysOn), limits: SpanLimits = SpanLimits(),
        identifiers: (any TraceIDSource)? = nil, propagator: TextMapPropagator = TextMapPropagator(),
        meterProvider: MeterProvider = .noop, logSink: any LogSink = StandardErrorLogSink()
    ) {
        self.resource = resource
        self.processors = processors
        self.sampler = sampler
        self.limits = limits
        self.identifiers = identifiers
        self.propagator = propagator
        self.meterProvider = meterProvider
        self.logSink = logSink
        self.metrics = SpanMetrics(meterProvider: meterProvider)
        self.droppedLinks = DroppedLinks(meterProvider: meterProvider, logSink: logSink)
    }

    func startSpan(
        _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes, links: SpanLinks,
        linkLimit: Int?, at time: Timestamp?, scope: InstrumentationScope
    ) -> TraceSpan {
        let above: SpanContext? =
            switch parent {
            case .active: ActiveContext.current.spanContext
            case .root: nil
            case .context(let context): context.spanContext
            case .span(let context): context.isValid ? context : nil
            }
        guard !isShutDown.load(ordering: .relaxed) else { return TraceSpan(propagating: above ?? .invalid) }

        let traceID = above?.traceID ?? identifiers?.traceID() ?? IDGenerator.traceID()
        let result =
            sampler.constantResult(for: above)
            ?? sampler.shouldSample(
                SamplingParameters(
                    parent: above, traceID: traceID, name: name, kind: kind, attributes: attributes, links: links))

        metrics.started(result.decision, parent: above)

        // The random flag belongs to the trace: a root's id is random unless it comes from elsewhere, a child keeps what is.
        var flags: TraceFlags =
            above.map { $0.traceFlags.intersection(.random) } ?? (identifiers == nil ? .random : [])
        if result.decision == .recordAndSample { flags.insert(.sampled) }
        let context = SpanContext(
            traceID: traceID, spanID: identifiers?.spanID() ?? IDGenerator.spanID(), traceFlags: flags,
            traceState: result.traceState ?? above?.traceState ?? TraceState())
        // A dropped span has a valid context all the same: it is injected with sampled = 0, and its children follow.
        guard result.decision != .drop else { return TraceSpan(propagating: context) }

        var attributes = attributes
        if !result.attributes.isEmpty { attributes.merge(result.attributes) }
        let span = RecordingSpan(
            name: name, kind: kind, context: context, parent: above, attributes: attributes, links: links,
            linkLimit: linkLimit ?? limits.linkCount, startTime: time ?? .now, scope: scope, provider: self)
        // By index: a loop over the array would retain it, and each element, for every span.
        for index in processors.indices { processors[index].onStart(span) }
        return TraceSpan(.recorded(span))
    }

    func didEnd(_ span: RecordingSpan, droppedLinks: Int) {
        metrics.ended(span)
        if droppedLinks > 0 { self.droppedLinks.count(droppedLinks) }
        for index in processors.indices { processors[index].onEnd(span) }
    }

    /// Exports what has ended so far. `false` when something could not be exported or `timeout` was over.
    @discardableResult
    public func forceFlush(timeout: Duration = .seconds(30)) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        return await allProcessors { await $0.forceFlush(deadline: deadline) }
    }

    /// Stops recording, exports what has ended, and ends the processors, within `timeout`. `false` when spans were lost or
    /// the time was over. Only the first call does something.
    @discardableResult
    public func shutdown(timeout: Duration = .seconds(30)) async -> Bool {
        guard isShutDown.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return true }
        let deadline = ContinuousClock.now + timeout
        return await allProcessors { await $0.shutdown(deadline: deadline) }
    }

    /// Whether `body` is true for all processors: at the same time, so that none waits for one that stands still.
    private func allProcessors(_ body: @escaping @Sendable (any SpanProcessor) async -> Bool) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            for processor in processors { group.addTask { await body(processor) } }
            return await group.reduce(true) { $0 && $1 }
        }
    }

    /// How many spans were lost so far, by reason, in all processors.
    public var lostSpans: [SpanLossReason: Int] {
        processors.reduce(into: [:]) { sum, processor in
            sum.merge(processor.lostSpans) { $0 + $1 }
        }
    }
}
