import SpanlinkRuntime

/// The export thread of a batch processor, whatever its buffer holds.
protocol ExportWorking: AnyObject, Sendable {
    /// Exports until shutdown. The body of the thread.
    func run(on thread: WorkerThread)
    /// Asks for all spans that were accepted before the call to be exported. After the end there is nothing to wait for.
    func requestFlush() -> Promise<Bool>
    /// Refuses further spans, and exports the accepted ones until `deadline`.
    func beginShutdown(deadline: ContinuousClock.Instant)
    /// Drops the waiting spans, because the time for shutdown is over.
    func abandonQueue()
    /// There is no thread: every span is refused.
    func close()
    /// The number of waiting spans.
    var waiting: Int { get }
}

/// Runs the actions of an ``ExportSchedule`` on the export thread.
final class ExportWorker<Buffer: SpanBuffer>: ExportWorking {
    private let buffer: Buffer
    private let exporter: any SpanExporter
    private let batchSize: Int
    private let exportTimeout: Duration
    private let losses: SpanLosses
    private let metrics: ProcessorMetrics
    private let logSink: any LogSink
    private let state: Mutex<State>

    private struct State {
        var schedule: ExportSchedule
        var flushes: [Promise<Bool>] = []
        /// Nothing was lost since the oldest of the flushes was requested.
        var exportsSucceed = true
        /// The number of spans that the exporter has at the moment.
        var inFlight = 0
        /// The thread has ended, or there never was one.
        var isFinished = false
        /// The time by which shutdown must be over.
        var deadline: ContinuousClock.Instant?
    }

    init(
        buffer: Buffer, exporter: any SpanExporter, batchSize: Int, scheduleDelay: Duration, exportTimeout: Duration,
        losses: SpanLosses, metrics: ProcessorMetrics, logSink: any LogSink
    ) {
        self.buffer = buffer
        self.exporter = exporter
        self.batchSize = batchSize
        self.exportTimeout = exportTimeout.zeroAsUnlimited
        self.losses = losses
        self.metrics = metrics
        self.logSink = logSink
        self.state = Mutex(State(schedule: ExportSchedule(batch: batchSize, delay: scheduleDelay)))
    }

    var waiting: Int { buffer.count }

    func requestFlush() -> Promise<Bool> {
        let outcome = Promise<Bool>()
        let isFinished = state.withLock { state in
            guard !state.isFinished else { return true }
            if state.flushes.isEmpty { state.exportsSucceed = true }
            state.schedule.requestFlush()
            state.flushes.append(outcome)
            return false
        }
        if isFinished { outcome.resolve(true) }
        return outcome
    }

    func close() {
        buffer.close()
        state.withLock { $0.isFinished = true }
    }

    func beginShutdown(deadline: ContinuousClock.Instant) {
        buffer.close()
        state.withLock { state in
            state.deadline = state.deadline ?? deadline
            state.schedule.beginShutdown()
        }
        (exporter as? any InterruptibleExporter)?.beginShutdown(deadline: deadline)
    }

    func abandonQueue() {
        let abandoned = buffer.abandon()
        losses.dropped(abandoned, .shutdownTimeout)
        let inFlight = state.withLock { state in
            if abandoned > 0 { state.exportsSucceed = false }
            return state.inFlight
        }
        logSink.warning(
            "Shutdown took too long: queued spans are lost, and the running export is left to itself",
            metadata: [("lost", String(abandoned)), ("exporting", String(inFlight))])
    }
}

// MARK: - On the export thread

extension ExportWorker {
    func run(on thread: WorkerThread) {
        while true {
            switch nextAction() {
            case .collect:
                let gathered = buffer.collect()
                state.withLock { $0.schedule.didCollect(gathered) }
            case .export: exportBatch()
            case .completeFlush(let count): completeFlushes(count)
            case .wait(let deadline): sleep(until: deadline, on: thread)
            case .finish:
                let deadline = state.withLock { $0.deadline } ?? .now
                _ = exporter.forceFlush(deadline: deadline)
                exporter.shutdown(deadline: deadline)
                return
            }
        }
    }

    /// Sleeps unless the action to wait is outdated by a span that came before the alarm was set or taken away.
    private func sleep(until deadline: ContinuousClock.Instant?, on thread: WorkerThread) {
        buffer.setAlarm(deadline != nil)
        if deadline == nil, buffer.count > 0 { return }
        _ = thread.wait(until: deadline)
    }

    private func nextAction() -> ExportSchedule.Action {
        state.withLock { state in
            let action = state.schedule.next(waiting: buffer.count, isHeavy: buffer.isHeavy, now: .now)
            if action == .finish { state.isFinished = true }
            return action
        }
    }

    private func exportBatch() {
        let batch = buffer.take(batchSize)
        let count = buffer.count(of: batch)
        var deadline = ContinuousClock.now + exportTimeout
        state.withLock { state in
            state.schedule.didTake(count, now: .now)
            state.inFlight = count
            if let last = state.deadline { deadline = min(deadline, last) }
        }
        guard count > 0 else { return }
        metrics.processed(count)
        let lost = buffer.export(batch, by: deadline)
        buffer.recycle(batch)
        losses.failed(lost)
        state.withLock { state in
            state.inFlight = 0
            if lost > 0 { state.exportsSucceed = false }
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
