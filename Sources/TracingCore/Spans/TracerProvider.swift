import SpanlinkRuntime

/// The core's own tracer: decides, identifies, limits and records spans, and hands ended ones to its processors
/// (OpenTelemetry trace SDK, "TracerProvider").
///
/// Safe to use from any thread. After ``shutdown(timeout:)`` new spans are not recorded; contexts are still passed on.
public final class TracerProvider: Sendable {
    /// The service that the spans belong to.
    public var resource: Resource { sharedResource.value }
    /// Decides which spans are recorded.
    public let sampler: Sampler
    /// The bounds of a span.
    public let limits: SpanLimits
    /// Receives measurements, also those about spans themselves.
    public let meterProvider: MeterProvider
    /// Reads and writes the headers of clients that record here.
    public let propagator: TextMapPropagator
    /// Whether the whole text of an error that ends a span goes into its status and its `exception` event. The text may hold
    /// a payload; without it both have the name of the error's type.
    public let recordsErrorText: Bool
    /// Receives warnings.
    public let logSink: any LogSink
    let sharedResource: SharedResource
    /// Unretained: `sharedResource` holds it.
    let unmanagedResource: Unmanaged<SharedResource>
    /// Whether processors are told of a span before it has ended.
    let announcesEnds: Bool
    /// Whether deferred spans need no object: all processors take plain data, and the limits leave it as it is.
    private let takesPlainSpans: Bool
    private let processors: [any SpanProcessor]
    /// All processors, if they take spans as plain data; `nil` if any needs objects.
    private let completedProcessors: [any CompletedSpanProcessor]?
    /// The only processor, if it is one that takes plain data: called without a look at its type.
    /// Unretained: `processors` holds it.
    private let batchProcessor: Unmanaged<BatchSpanProcessor>?
    private let identifiers: (any TraceIDSource)?
    private let hasIdentifiers: Bool
    private let decisions: ConstantDecisions
    private let isShutDown = Atomic(false)
    private let droppedLinks: DroppedLinks
    private let metrics: SpanMetrics

    /// A tracer.
    ///
    /// - Parameters:
    ///   - processors: the receivers of spans, in order.
    ///   - sampler: default: parent-based, always on at the root.
    ///   - identifiers: the source of ids; default: the random generator of each thread.
    ///   - propagator: the headers of clients that record here; default: trace context and baggage.
    ///   - recordsErrorText: see ``recordsErrorText``; default: false.
    public init(
        resource: Resource = Resource(), processors: [any SpanProcessor],
        sampler: Sampler = .parentBased(root: .alwaysOn), limits: SpanLimits = SpanLimits(),
        identifiers: (any TraceIDSource)? = nil, propagator: TextMapPropagator = TextMapPropagator(),
        recordsErrorText: Bool = false, meterProvider: MeterProvider = .noop,
        logSink: any LogSink = StandardErrorLogSink()
    ) {
        self.sharedResource = SharedResource(resource)
        self.unmanagedResource = .passUnretained(sharedResource)
        self.processors = processors
        let completed = processors.compactMap { $0 as? any CompletedSpanProcessor }.filter(\.takesCompletedSpans)
        self.completedProcessors = completed.count == processors.count ? completed : nil
        self.announcesEnds = processors.contains { !($0 is BatchSpanProcessor || $0 is SimpleSpanProcessor) }
        self.takesPlainSpans = completed.count == processors.count && limits.allowPlainFacts
        self.sampler = sampler
        self.limits = limits
        self.batchProcessor =
            completed.count == 1 && processors.count == 1
            ? (processors[0] as? BatchSpanProcessor).map { .passUnretained($0) } : nil
        self.identifiers = identifiers
        self.hasIdentifiers = identifiers != nil
        self.decisions = ConstantDecisions(sampler)
        self.propagator = propagator
        self.recordsErrorText = recordsErrorText
        self.meterProvider = meterProvider
        self.logSink = logSink
        self.metrics = SpanMetrics(meterProvider: meterProvider)
        self.droppedLinks = DroppedLinks(meterProvider: meterProvider, logSink: logSink)
    }

    /// Exports the spans that have ended so far. `false` if some could not be exported or `timeout` was over.
    @discardableResult
    public func forceFlush(timeout: Duration = .seconds(30)) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        return await allProcessors { await $0.forceFlush(deadline: deadline) }
    }

    /// Stops recording, exports the spans that have ended, and ends the processors, within `timeout`. `false` if spans were
    /// lost or the time was over. Only the first call does something.
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

    /// The number of spans that were lost so far, by reason, in all processors.
    public var lostSpans: [SpanLossReason: Int] {
        processors.reduce(into: [:]) { sum, processor in
            sum.merge(processor.lostSpans) { $0 + $1 }
        }
    }
}

// MARK: - Starting

extension TracerProvider {
    /// The identity of a new span, and the decision about it.
    private struct Start {
        let context: SpanContext
        let parent: SpanContext?
        let decision: SamplingResult.Decision
        let attributes: Attributes
    }

    func startSpan(
        _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes, links: SpanLinks,
        linkLimit: Int?, at time: SpanInstant?, scope: InstrumentationScope, template: SpanTemplate? = nil
    ) -> TraceSpan {
        let above = Self.context(of: parent)
        guard !isShutDown.load(ordering: .relaxed) else { return TraceSpan(propagating: above ?? .invalid) }
        let start = begin(under: above, name, kind: kind, links: links) { attributes }
        // A dropped span has a valid context all the same: it is injected with sampled = 0, and its children follow.
        guard start.decision != .drop else { return TraceSpan(propagating: start.context) }
        return record(
            start, name, kind: kind, parent: parent, attributes: attributes, links: links, linkLimit: linkLimit,
            at: time, scope: scope, template: template)
    }

    func startDeferredSpan(
        _ template: SpanTemplate, kind: TraceSpan.Kind, parent: SpanParent, links: SpanLinks, linkLimit: Int?,
        at time: SpanInstant?, _ addAttributes: (inout AttributeFacts) -> Void
    ) -> DeferredSpan {
        let above = Self.context(of: parent)
        guard !isShutDown.load(ordering: .relaxed) else { return DeferredSpan(propagating: above ?? .invalid) }
        let start = begin(under: above, template.name, kind: kind, links: links) {
            Attributes(on: template.attributes, adding: addAttributes)
        }
        guard start.decision != .drop else { return DeferredSpan(propagating: start.context) }
        let instant = time ?? .now
        if takesPlainSpans, start.attributes.isEmpty, template.attributes.isPlain {
            return DeferredSpan(context: start.context, start: instant, kind: kind, provider: self, parent: above)
        }
        let span = record(
            start, template.name, kind: kind, parent: parent,
            attributes: Attributes(on: template.attributes, adding: addAttributes),
            links: links, linkLimit: linkLimit, at: instant, scope: template.scope, template: template)
        return DeferredSpan(span, kind: kind, start: instant)
    }

    @inline(__always)
    private static func context(of parent: SpanParent) -> SpanContext? {
        switch parent {
        case .active: ActiveContext.current.spanContext
        case .root: nil
        case .context(let context): context.spanContext
        case .span(let context): context.isValid ? context : nil
        }
    }

    @inline(__always)
    private func begin(
        under above: SpanContext?, _ name: String, kind: TraceSpan.Kind, links: SpanLinks,
        attributes: () -> Attributes
    ) -> Start {
        let traceID = above?.traceID ?? newTraceID()
        let result: SamplingResult
        if let decision = decisions[above] {
            result = SamplingResult(decision)
        } else {
            result = sampler.shouldSample(
                SamplingParameters(
                    parent: above, traceID: traceID, name: name, kind: kind, attributes: attributes(), links: links))
        }
        metrics.started(result.decision, parent: above)

        // The random flag belongs to the trace: a root's id is random unless it comes from elsewhere, a child keeps the
        // flag.
        var flags: TraceFlags = above.map { $0.traceFlags.intersection(.random) } ?? (hasIdentifiers ? [] : .random)
        if result.decision == .recordAndSample { flags.insert(.sampled) }
        let context = SpanContext(
            traceID: traceID, spanID: newSpanID(), traceFlags: flags,
            traceState: result.traceState ?? above?.traceState ?? TraceState())
        return Start(context: context, parent: above, decision: result.decision, attributes: result.attributes)
    }

    @inline(__always)
    private func newTraceID() -> TraceID {
        hasIdentifiers ? identifiers?.traceID() ?? IDGenerator.traceID() : IDGenerator.traceID()
    }

    @inline(__always)
    private func newSpanID() -> SpanID {
        hasIdentifiers ? identifiers?.spanID() ?? IDGenerator.spanID() : IDGenerator.spanID()
    }

    private func record(
        _ start: Start, _ name: String, kind: TraceSpan.Kind, parent: SpanParent, attributes: Attributes,
        links: SpanLinks, linkLimit: Int?, at time: SpanInstant?, scope: InstrumentationScope,
        template: SpanTemplate? = nil
    ) -> TraceSpan {
        var attributes = attributes
        if !start.attributes.isEmpty { attributes.merge(start.attributes) }
        let span = RecordingSpan(
            name: name, kind: kind, context: start.context, parent: start.parent, attributes: attributes, links: links,
            linkLimit: linkLimit ?? limits.linkCount, start: time ?? .now, scope: scope, provider: self,
            template: template)
        if announcesEnds {
            let context = parent.activeContext
            for processor in processors { processor.onStart(span, parent: context) }
        }
        return TraceSpan(.recorded(span))
    }
}

// MARK: - Ending

extension TracerProvider {
    /// A span has its end time and can still be written.
    func isEnding(_ span: RecordingSpan) { for processor in processors { processor.onEnding(span) } }

    func didEnd(_ span: RecordingSpan, droppedLinks: Int) {
        metrics.ended(isSampled: span.context.isSampled)
        if droppedLinks > 0 { self.droppedLinks.count(droppedLinks) }
        // By index: a loop over the array would retain it, and each element, for every span.
        for index in processors.indices { processors[index].onEnd(span) }
    }

    /// Records a span that never was an object.
    func record(
        _ span: inout EndedSpan, _ links: SpanLinks, _ linkLimit: Int?, of template: SpanTemplate
    ) {
        metrics.ended(isSampled: span.traceFlags.contains(.sampled))
        if links.count > 0 {
            let links = links.meaningful
            span.links = links.limited(to: linkLimit ?? limits.linkCount).limited(by: limits)
            if span.links.mayExceed(limits) { span.limits = limits }
            let dropped = links.count - span.links.count
            if dropped > 0 {
                span.droppedLinksCount = dropped
                droppedLinks.count(dropped)
            }
        }
        let origin = SpanOrigin(scope: template.unmanagedScope, resource: unmanagedResource)
        if let batchProcessor {
            batchProcessor._withUnsafeGuaranteedRef { $0.onEnd(span, of: origin) }
            return
        }
        guard let completedProcessors else { return }
        for index in completedProcessors.indices {
            completedProcessors[index].onEnd(span, of: origin)
        }
    }
}

extension SpanParent {
    /// The context that the parent is active in.
    fileprivate var activeContext: ActiveContext {
        switch self {
        case .active: .current
        case .root: ActiveContext.current.root
        case .context(let context): context
        case .span(let context): ActiveContext.current.with(span: TraceSpan(propagating: context))
        }
    }
}
