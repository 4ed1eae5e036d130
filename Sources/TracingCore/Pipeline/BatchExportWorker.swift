import SpanlinkRuntime

/// The batch processor's other half: the queue, and what its thread does with it.
final class BatchExportWorker: Sendable {
    private let exporter: any SpanExporter
    private let exportTimeout: Duration
    private let logSink: any LogSink
    private let metrics: ProcessorMetrics
    private let state: Mutex<State>

    private struct State {
        var queue: ExportSchedule<RecordingSpan>
        var flushes: [Promise<Bool>] = []
        /// Whether nothing was lost since the oldest of the flushes was asked for.
        var exportsSucceed = true
        /// How many spans the exporter has right now.
        var inFlight = 0
        /// The thread has ended, or there never was one.
        var isFinished = false
        /// When shutting down must be over.
        var deadline: ContinuousClock.Instant?
        var hasLoggedLoss = false
    }

    init(
        exporter: any SpanExporter, configuration: BatchSpanProcessor.Configuration, meterProvider: MeterProvider,
        logSink: any LogSink
    ) {
        self.exporter = exporter
        self.exportTimeout = configuration.exportTimeout.zeroAsUnlimited
        self.logSink = logSink
        let queueSize = max(1, configuration.maxQueueSize)
        self.metrics = ProcessorMetrics(meterProvider: meterProvider, queueCapacity: queueSize)
        let limits = ExportSchedule<RecordingSpan>.Limits(
            count: queueSize, bytes: max(1, configuration.maxQueueBytes),
            batch: min(queueSize, max(1, configuration.maxExportBatchSize)), delay: configuration.scheduleDelay)
        self.state = Mutex(State(queue: ExportSchedule(limits: limits)))
    }

    var lostSpans: [SpanLossReason: Int] { state.withLock { $0.queue.lost } }
    var lostCount: Int { lostSpans.values.reduce(0, +) }

    /// Queues a span that has ended, or drops it; never blocks. Whether the thread must wake.
    func offer(_ span: RecordingSpan) -> Bool {
        let size = span.estimatedSize
        let (offer, isFirstLoss) = state.withLock { state in
            let offer = state.queue.offer(span, size: size, now: .now)
            guard case .lost = offer, !state.hasLoggedLoss else { return (offer, false) }
            state.hasLoggedLoss = true
            return (offer, true)
        }
        switch offer {
        case .queued:
            metrics.queued(1)
            return false
        case .queuedWakeUp:
            metrics.queued(1)
            return true
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

    /// Asks for all that is queued now to be exported; after the end there is nothing to wait for.
    func requestFlush() -> Promise<Bool> {
        let outcome = Promise<Bool>()
        let isFinished = state.withLock { state in
            guard !state.isFinished else { return true }
            if state.flushes.isEmpty { state.exportsSucceed = true }
            state.queue.requestFlush()
            state.flushes.append(outcome)
            return false
        }
        if isFinished { outcome.resolve(true) }
        return outcome
    }

    /// There is no thread: every span is refused from now on.
    func close() {
        state.withLock { state in
            state.queue.beginShutdown()
            state.isFinished = true
        }
    }

    func beginShutdown(deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.deadline = state.deadline ?? deadline
            state.queue.beginShutdown()
        }
        (exporter as? any InterruptibleExporter)?.beginShutdown(deadline: deadline)
    }

    /// Drops what is queued, because the time for shutting down is over.
    func abandonQueue() {
        let (abandoned, inFlight) = state.withLock { state in
            let abandoned = state.queue.abandon()
            if abandoned > 0 { state.exportsSucceed = false }
            return (abandoned, state.inFlight)
        }
        metrics.queued(-abandoned)
        metrics.lost(abandoned, .shutdownTimeout)
        logSink.warning(
            "shutting down took too long: queued spans are lost, and what was being exported is left to itself",
            metadata: [("lost", String(abandoned)), ("exporting", String(inFlight))])
    }
}

// MARK: - On the exporting thread

extension BatchExportWorker {
    /// Exports until shutdown.
    func run(on thread: WorkerThread) {
        while true {
            switch nextAction() {
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

    private func nextAction() -> ExportSchedule<RecordingSpan>.Action {
        state.withLock { state in
            let action = state.queue.next(now: .now)
            state.inFlight = 0
            switch action {
            case .export(let spans): state.inFlight = spans.count
            case .finish: state.isFinished = true
            case .wait, .completeFlush: break
            }
            return action
        }
    }

    private func export(_ spans: [RecordingSpan]) {
        metrics.queued(-spans.count)
        metrics.processed(spans.count)
        var deadline = ContinuousClock.now + exportTimeout
        if let last = state.withLock({ $0.deadline }) { deadline = min(deadline, last) }
        let lost = exporter.lostSpanCount(exporting: spans.map { $0.data() }, deadline: deadline)
        guard lost > 0 else { return }
        state.withLock { state in
            state.exportsSucceed = false
            state.queue.lose(lost, .exportFailed)
        }
    }

    private func completeFlushes(_ count: Int) {
        let flushed = exporter.forceFlush(deadline: .now + exportTimeout)
        let (waiting, succeeded) = state.withLock { state in
            let waiting = Array(state.flushes.prefix(count))
            state.flushes.removeFirst(waiting.count)
            return (waiting, state.exportsSucceed && flushed)
        }
        for outcome in waiting { outcome.resolve(succeeded) }
    }
}
