import SpanlinkRuntime

/// Exports spans in batches on a thread of its own (OpenTelemetry trace SDK, "Batching processor").
///
/// Bounded by count and by bytes. It never blocks the thread that ends a span: what does not fit is dropped, counted by
/// reason and logged once. It exports when a batch is full, when half of the bytes are used, when the delay is over, on
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
        /// How long spans wait for others: from the first in an empty queue, or from the last export.
        public var scheduleDelay: Duration = .seconds(5)
        /// How long one export may take. Zero is no limit but the exporter's own.
        public var exportTimeout: Duration = .seconds(30)

        /// The defaults.
        public init() {}
    }

    private let worker: BatchExportWorker
    private let thread: WorkerThread

    /// A processor that exports through `exporter`. Values of the configuration below 1 count as 1.
    public init(
        exporter: any SpanExporter, configuration: Configuration = Configuration(),
        meterProvider: MeterProvider = .noop, logSink: any LogSink = StandardErrorLogSink()
    ) {
        let worker = BatchExportWorker(
            exporter: exporter, configuration: configuration, meterProvider: meterProvider, logSink: logSink)
        self.worker = worker
        self.thread = WorkerThread(name: "spanlink-export") { worker.run(on: $0) }
        if !thread.started {
            worker.close()
            logSink.error("the system gives no thread: spans are not exported")
        }
    }

    /// A processor that nobody shut down still exports what it holds, and its thread ends.
    deinit {
        worker.beginShutdown(deadline: .now + .seconds(5))
        thread.signal()
    }

    public func onEnd(_ span: RecordingSpan) {
        if span.context.isSampled, worker.offer(span) { thread.signal() }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) async -> Bool {
        let flushed = worker.requestFlush()
        thread.signal()
        return await flushed.value(by: deadline) ?? false
    }

    public func shutdown(deadline: ContinuousClock.Instant) async -> Bool {
        let lostBefore = worker.lostCount
        // The exporter gives up a little earlier, so that what it could not send is counted when this returns.
        let left = deadline.timeLeft
        worker.beginShutdown(deadline: deadline - left / 10)
        thread.signal()
        let finished = await thread.finished(by: deadline)
        if !finished { worker.abandonQueue() }
        return finished && worker.lostCount == lostBefore
    }

    public var lostSpans: [SpanLossReason: Int] { worker.lostSpans }
}
