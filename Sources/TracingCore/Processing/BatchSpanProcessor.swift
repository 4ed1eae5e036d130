internal import Synchronization

/// Exports spans in batches on a thread of its own (OpenTelemetry trace SDK, "Batching processor").
///
/// Bounded by count and by bytes. It never blocks the thread that ends a span: what does not fit is dropped, counted by
/// reason and logged once. It exports when a batch is full, when its oldest span has waited for the delay, on
/// ``forceFlush(deadline:)`` and on shutdown.
public final class BatchSpanProcessor: SpanProcessor {
    /// How much is queued and when it is exported. Defaults are the specification's.
    public struct Configuration: Sendable, Hashable {
        /// Most spans in the queue.
        public var maxQueueSize = 2048
        /// Most bytes in the queue, as estimated.
        public var maxQueueBytes = 64 << 20
        /// Most spans of one export.
        public var maxExportBatchSize = 512
        /// How long a span waits for others.
        public var scheduleDelay: Duration = .seconds(5)
        /// How long one export may take.
        public var exportTimeout: Duration = .seconds(30)

        /// The defaults.
        public init() {}
    }

    private let exporter: any SpanExporter
    private let configuration: Configuration
    private let logSink: any LogSink
    private let metrics: ProcessorMetrics
    private let state: Mutex<State>
    private let thread: BackgroundThread

    private struct State {
        var queue: SpanQueue<RecordedSpan>
        var flushes: [CheckedContinuation<Bool, Never>] = []
        var exportsSucceed = true
        var deadline: ContinuousClock.Instant?
        var hasLoggedLoss = false
    }

    /// A processor that exports through `exporter`. Values of the configuration below 1 count as 1.
    public init(
        exporter: any SpanExporter, configuration: Configuration = Configuration(),
        meterProvider: MeterProvider = .disabled, logSink: any LogSink = StandardErrorLogSink()
    ) {
        self.exporter = exporter
        self.configuration = configuration
        self.logSink = logSink
        self.metrics = ProcessorMetrics(meterProvider: meterProvider)
        let queueSize = max(1, configuration.maxQueueSize)
        self.state = Mutex(
            State(
                queue: SpanQueue(
                    limits: .init(
                        count: queueSize, bytes: max(1, configuration.maxQueueBytes),
                        batch: min(queueSize, max(1, configuration.maxExportBatchSize)),
                        delay: configuration.scheduleDelay))))
        self.thread = BackgroundThread(name: "spanlink-export")
        thread.start { [self] in exportUntilShutdown() }
    }

    public func onEnd(_ span: RecordedSpan) {
        guard span.context.isSampled else { return }
        let size = span.estimatedSize
        let (offer, isFirstLoss) = state.withLock { state in
            let offer = state.queue.offer(span, size: size, now: .now)
            guard case .lost = offer, !state.hasLoggedLoss else { return (offer, false) }
            state.hasLoggedLoss = true
            return (offer, true)
        }
        switch offer {
        case .queued: break
        case .queuedWakeUp: thread.signal()
        case .lost(let reason):
            metrics.lost(1, reason)
            guard isFirstLoss else { return }
            logSink.warning(
                "the span queue is full or closed: spans are dropped, and from now on only counted "
                    + "(metric otel.sdk.processor.span.processed). Raise maxQueueSize, or sample fewer spans",
                metadata: [("reason", reason.rawValue)])
        }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) async -> Bool {
        let flushed: Bool? = await withDeadline(deadline) { continuation in
            self.state.withLock { state in
                state.queue.requestFlush()
                state.flushes.append(continuation)
            }
            self.thread.signal()
        }
        return flushed ?? false
    }

    public func shutdown(deadline: ContinuousClock.Instant) async -> Bool {
        let lostBefore = lostSpans.values.reduce(0, +)
        state.withLock { state in
            state.deadline = deadline
            state.queue.beginShutdown()
        }
        thread.signal()
        let finished = await thread.finished(by: deadline)
        if !finished {
            let abandoned = state.withLock { $0.queue.abandon() }
            metrics.lost(abandoned, .shutdownTimeout)
            logSink.warning("shutting down took too long: spans were lost", metadata: [("spans", String(abandoned))])
        }
        return finished && lostSpans.values.reduce(0, +) == lostBefore
    }

    public var lostSpans: [SpanLossReason: Int] { state.withLock { $0.queue.lost } }
}

// MARK: - On the exporting thread

extension BatchSpanProcessor {
    private func exportUntilShutdown() {
        while true {
            switch state.withLock({ $0.queue.next(now: .now) }) {
            case .export(let spans): export(spans)
            case .completeFlush(let count): completeFlushes(count)
            case .wait(let deadline): thread.wait(until: deadline)
            case .finish:
                let deadline = state.withLock { $0.deadline } ?? .now
                _ = exporter.forceFlush(deadline: deadline)
                exporter.shutdown(deadline: deadline)
                return
            }
        }
    }

    private func export(_ spans: [RecordedSpan]) {
        metrics.processed(spans.count)
        var deadline = ContinuousClock.now + configuration.exportTimeout
        if let last = state.withLock({ $0.deadline }) { deadline = min(deadline, last) }
        let result = exporter.export(spans.map { $0.data() }, deadline: deadline)
        guard case .failure = result else { return }
        state.withLock { state in
            state.exportsSucceed = false
            state.queue.lose(spans.count, .exportFailed)
        }
    }

    private func completeFlushes(_ count: Int) {
        let flushed = exporter.forceFlush(deadline: .now + configuration.exportTimeout)
        let (waiting, succeeded) = state.withLock { state in
            let waiting = Array(state.flushes.prefix(count))
            state.flushes.removeFirst(waiting.count)
            defer { state.exportsSucceed = true }
            return (waiting, state.exportsSucceed && flushed)
        }
        for continuation in waiting { continuation.resume(returning: succeeded) }
    }
}
