import SpanlinkRuntime

/// Exports spans in batches on a thread of its own (OpenTelemetry trace SDK, "Batching processor").
///
/// Bounded by bytes and by count. It never blocks the thread that ends a span: a span that does not fit is dropped, counted
/// by reason and logged once. It exports if a batch is full, half of the bytes are used or the delay is over, on
/// ``forceFlush(deadline:)`` and on shutdown.
///
/// For the exporters of this package each span is encoded on the thread that ends it, and no span object crosses threads.
/// Other exporters get ``SpanData``, with the same result. Safe from any thread.
public final class BatchSpanProcessor: SpanProcessor {
    /// The bounds of the queue and the times of export. Defaults are the specification's, but for the size of the queue.
    public struct Configuration: Sendable, Hashable {
        /// The largest number of spans in the queue. By default the bytes are the bound.
        public var maxQueueSize = 1 << 18
        /// The largest number of bytes in the queue: of encoded spans, or estimated for exporters of ``SpanData``.
        public var maxQueueBytes = 64 << 20
        /// The largest number of spans of one export.
        public var maxExportBatchSize = 512
        /// The time that spans wait for others: from the first in an empty queue, or from the last export.
        public var scheduleDelay: Duration = .seconds(5)
        /// The time that one export may take. Zero is no limit but the exporter's own.
        public var exportTimeout: Duration = .seconds(30)

        /// The defaults.
        public init() {}
    }

    private enum Buffer {
        case encoded(EncodedSpanBuffer)
        case objects(SpanObjectBuffer)
    }

    private let buffer: Buffer
    /// The buffer, if it holds encoded spans. Unretained: `buffer` holds it.
    private let encodedSpans: Unmanaged<EncodedSpanBuffer>?
    private let losses: SpanLosses
    private let worker: any ExportWorking
    private let thread: WorkerThread
    private let queueSizeCallback: MetricCallback

    /// A processor that exports through `exporter`. Values of the configuration below 1 count as 1.
    public init(
        exporter: any SpanExporter, configuration: Configuration = Configuration(),
        meterProvider: MeterProvider = .noop, logSink: any LogSink = StandardErrorLogSink()
    ) {
        let queueSize = max(1, configuration.maxQueueSize)
        let limits = SpanBufferLimits(
            count: queueSize, bytes: max(1, configuration.maxQueueBytes),
            batch: min(queueSize, max(1, configuration.maxExportBatchSize)))
        let metrics = ProcessorMetrics(meterProvider: meterProvider, queueCapacity: queueSize)
        let losses = SpanLosses(metrics: metrics, logSink: logSink)
        func worker<Spans: SpanBuffer>(_ buffer: Spans) -> ExportWorker<Spans> {
            ExportWorker(
                buffer: buffer, exporter: exporter, batchSize: limits.batch, scheduleDelay: configuration.scheduleDelay,
                exportTimeout: configuration.exportTimeout, losses: losses, metrics: metrics, logSink: logSink)
        }
        if let encoding = exporter as? any EncodedSpanExporter {
            let spans = EncodedSpanBuffer(exporter: encoding, limits: limits)
            self.buffer = .encoded(spans)
            self.encodedSpans = .passUnretained(spans)
            self.worker = worker(spans)
        } else {
            let spans = SpanObjectBuffer(exporter: exporter, limits: limits)
            self.buffer = .objects(spans)
            self.encodedSpans = nil
            self.worker = worker(spans)
        }
        self.losses = losses
        self.queueSizeCallback = metrics.reportQueueSize { [weak worker = self.worker] in worker?.waiting ?? 0 }
        self.thread = WorkerThread(name: "spanlink-export") { [worker = self.worker] in worker.run(on: $0) }
        if !thread.started {
            self.worker.close()
            logSink.error("The system gives no thread: spans are not exported. Raise the limit of threads")
        }
    }

    /// A processor that was not shut down still exports its spans, and its thread ends.
    deinit {
        queueSizeCallback.cancel()
        worker.beginShutdown(deadline: .now + .seconds(5))
        thread.signal()
    }

    public func onEnd(_ span: RecordingSpan) {
        guard span.context.isSampled else { return }
        switch buffer {
        case .encoded(let spans):
            didOffer(span.withEndedSpan { spans.offer($0, of: $1) })
        case .objects(let spans): didOffer(spans.offer(span))
        }
    }

    private func didOffer(_ offer: SpanOffer) {
        switch offer {
        case .accepted: break
        case .acceptedWakeUp: thread.signal()
        case .lost(let reason): losses.refused(reason)
        }
    }

    public func forceFlush(deadline: ContinuousClock.Instant) async -> Bool {
        let flushed = worker.requestFlush()
        thread.signal()
        return await flushed.value(by: deadline) ?? false
    }

    public func shutdown(deadline: ContinuousClock.Instant) async -> Bool {
        let lostBefore = losses.total
        // The exporter gives up a little earlier, so that its losses are counted when this returns.
        let left = deadline.timeLeft
        worker.beginShutdown(deadline: deadline - left / 10)
        thread.signal()
        let finished = await thread.finished(by: deadline)
        if !finished { worker.abandonQueue() }
        return finished && losses.total == lostBefore
    }

    public var lostSpans: [SpanLossReason: Int] { losses.byReason }
}

extension BatchSpanProcessor: CompletedSpanProcessor {
    package var takesCompletedSpans: Bool {
        if case .encoded = buffer { true } else { false }
    }

    package func onEnd(_ span: borrowing EndedSpan, of origin: SpanOrigin) {
        guard span.traceFlags.contains(.sampled), let encodedSpans else { return }
        let offer = encodedSpans._withUnsafeGuaranteedRef { $0.offer(span, of: origin) }
        if offer != .accepted { didOffer(offer) }
    }
}
