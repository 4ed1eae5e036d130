internal import Synchronization

/// The batch processor's other half: the queue, and what its thread does with it.
final class BatchExportWorker: Sendable {
    private let exporter: any SpanExporter
    private let exportTimeout: Duration
    private let logSink: any LogSink
    private let metrics: ProcessorMetrics
    private let state: Mutex<State>

    private struct State {
        var queue: SpanQueue<RecordedSpan>
        var flushes: [AsyncOutcome<Bool>] = []
        var exportsSucceed = true
        /// When shutting down must be over.
        var deadline: ContinuousClock.Instant?
        var hasLoggedLoss = false
    }

    init(
        exporter: any SpanExporter, configuration: BatchSpanProcessor.Configuration, metrics: ProcessorMetrics,
        logSink: any LogSink
    ) {
        self.exporter = exporter
        self.exportTimeout = configuration.exportTimeout
        self.metrics = metrics
        self.logSink = logSink
        let queueSize = max(1, configuration.maxQueueSize)
        let limits = SpanQueue<RecordedSpan>.Limits(
            count: queueSize, bytes: max(1, configuration.maxQueueBytes),
            batch: min(queueSize, max(1, configuration.maxExportBatchSize)), delay: configuration.scheduleDelay)
        self.state = Mutex(State(queue: SpanQueue(limits: limits)))
    }

    var lostSpans: [SpanLossReason: Int] { state.withLock { $0.queue.lost } }
    var lostCount: Int { lostSpans.values.reduce(0, +) }

    /// Queues a span that has ended, or drops it; never blocks. Whether the thread must wake.
    func offer(_ span: RecordedSpan) -> Bool {
        let size = span.estimatedSize
        let (offer, isFirstLoss) = state.withLock { state in
            let offer = state.queue.offer(span, size: size, now: .now)
            guard case .lost = offer, !state.hasLoggedLoss else { return (offer, false) }
            state.hasLoggedLoss = true
            return (offer, true)
        }
        switch offer {
        case .queued: return false
        case .queuedWakeUp: return true
        case .lost(let reason):
            metrics.lost(1, reason)
            if isFirstLoss { logLoss(reason) }
            return false
        }
    }

    private func logLoss(_ reason: SpanLossReason) {
        logSink.warning(
            "the span queue is full or closed: spans are dropped, and from now on only counted "
                + "(metric otel.sdk.processor.span.processed). Raise maxQueueSize, or sample fewer spans",
            metadata: [("reason", reason.rawValue)])
    }

    /// Asks for all that is queued now to be exported.
    func requestFlush() -> AsyncOutcome<Bool> {
        let outcome = AsyncOutcome<Bool>()
        state.withLock { state in
            state.queue.requestFlush()
            state.flushes.append(outcome)
        }
        return outcome
    }

    func beginShutdown(deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.deadline = state.deadline ?? deadline
            state.queue.beginShutdown()
        }
    }

    /// Drops what is queued, because the time for shutting down is over.
    func abandonQueue() {
        let abandoned = state.withLock { $0.queue.abandon() }
        metrics.lost(abandoned, .shutdownTimeout)
        logSink.warning("shutting down took too long: spans were lost", metadata: [("spans", String(abandoned))])
    }
}

// MARK: - On the exporting thread

extension BatchExportWorker {
    /// Exports until shutdown.
    func run(on thread: BackgroundThread) {
        while true {
            switch state.withLock({ $0.queue.next(now: .now) }) {
            case .export(let spans): export(spans)
            case .completeFlush(let count): completeFlushes(count)
            case .wait(let deadline): _ = thread.wait(until: deadline)
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
        var deadline = ContinuousClock.now + exportTimeout
        if let last = state.withLock({ $0.deadline }) { deadline = min(deadline, last) }
        guard !exporter.export(spans.map { $0.data() }, deadline: deadline) else { return }
        state.withLock { state in
            state.exportsSucceed = false
            state.queue.lose(spans.count, .exportFailed)
        }
    }

    private func completeFlushes(_ count: Int) {
        let flushed = exporter.forceFlush(deadline: .now + exportTimeout)
        let (waiting, succeeded) = state.withLock { state in
            let waiting = Array(state.flushes.prefix(count))
            state.flushes.removeFirst(waiting.count)
            defer { state.exportsSucceed = true }
            return (waiting, state.exportsSucceed && flushed)
        }
        for outcome in waiting { outcome.resolve(succeeded) }
    }
}
