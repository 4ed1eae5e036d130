import SpanlinkRuntime

/// Collects and exports at an interval, on a thread of its own (metrics SDK, "Periodic exporting MetricReader").
public final class PeriodicMetricReader: MetricReader {
    private let worker: Worker
    private let thread: WorkerThread

    /// A reader that exports each `interval` (60 s) and gives an export `timeout` (30 s).
    ///
    /// An interval or a time-out of zero or less is taken as the default. A failed export is logged, at most once a
    /// minute, and its points are lost; with cumulative temporality the next export makes up for it.
    public init(
        exporter: any MetricExporter, interval: Duration = .seconds(60), timeout: Duration = .seconds(30),
        log: any LogSink = StandardErrorLogSink()
    ) {
        let worker = Worker(
            exporter: exporter, interval: interval > .zero ? interval : .seconds(60),
            timeout: timeout > .zero ? timeout : .seconds(30), log: log)
        self.worker = worker
        thread = WorkerThread(name: "span-metrics") { worker.run($0) }
        if !thread.started {
            worker.abandon()
            log.error("the system gives no thread: metrics are not exported")
        }
    }

    /// Without ``shutdown(deadline:)`` the thread still exports a last time, and nobody waits for it.
    deinit { thread.stop() }

    public var temporality: MetricTemporalityPreference { worker.exporter.temporality }
    public var histogramAggregation: HistogramAggregationPreference { worker.exporter.histogramAggregation }

    public func start(_ source: MetricSource) { worker.start(source) }

    /// Collects and exports now. Waits at most for the export that runs and for its own, each bounded by the time-out.
    public func forceFlush() async -> Bool {
        guard let outcome = worker.requestFlush() else { return false }
        thread.signal()
        return await outcome.value() ?? false
    }

    /// Collects and exports a last time, shuts the exporter down and ends the thread.
    ///
    /// The last export has nearly until `deadline`, or the time-out without one. False when it failed or is not done by then.
    /// A second call waits for the first and answers the same.
    public func shutdown(deadline: ContinuousClock.Instant?) async -> Bool {
        // The exporter gives up a little earlier, so that what it could not send is counted when this returns.
        worker.limitLastExport(to: deadline.map { $0 - $0.timeLeft / 10 })
        thread.stop()
        guard await thread.finished(by: deadline) else { return false }
        return worker.lastExportSucceeded
    }

    /// State owned by the thread. It does not retain the reader, so the reader can be released.
    private final class Worker: Sendable {
        private struct State {
            var source: MetricSource?
            var flushes: [Promise<Bool>] = []
            var deadline: ContinuousClock.Instant?
            var ended = false
            var lastSucceeded = false
        }

        let exporter: any MetricExporter
        private let interval: Duration
        private let timeout: Duration
        private let log: any LogSink
        private let failures: LogOnce
        private let state = Mutex(State())

        init(exporter: any MetricExporter, interval: Duration, timeout: Duration, log: any LogSink) {
            self.exporter = exporter
            self.interval = interval
            self.timeout = timeout
            self.log = log
            failures = LogOnce(sink: log)
        }

        func start(_ source: MetricSource) {
            let isFirst = state.withLock { state in
                guard state.source == nil else { return false }
                state.source = source
                return true
            }
            if !isFirst { log.error("a metric reader was given to a second provider, whose metrics it does not see") }
        }

        func requestFlush() -> Promise<Bool>? {
            state.withLock { state in
                guard !state.ended else { return nil }
                let outcome = Promise<Bool>()
                state.flushes.append(outcome)
                return outcome
            }
        }

        func limitLastExport(to deadline: ContinuousClock.Instant?) {
            let deadline = state.withLock { state in
                if state.deadline == nil { state.deadline = deadline }
                return state.deadline
            }
            (exporter as? any InterruptibleExporter)?.beginShutdown(deadline: deadline ?? .now + timeout)
        }

        func abandon() { state.withLock { $0.ended = true } }

        var lastExportSucceeded: Bool { state.withLock { $0.lastSucceeded } }

        func run(_ thread: WorkerThread) {
            var next = ContinuousClock.now.advanced(by: interval)
            while true {
                _ = thread.wait(until: next)
                if thread.isStopping { break }
                let flushes = takeFlushes()
                let now = ContinuousClock.now
                guard !flushes.isEmpty || now >= next else { continue }
                let succeeded = export(by: now.advanced(by: timeout), flush: !flushes.isEmpty)
                for flush in flushes { flush.resolve(succeeded) }
                // A collection that was asked for does not put off the regular one; missed ones are not made up for.
                while next <= .now { next = next.advanced(by: interval) }
            }
            let deadline = state.withLock { $0.deadline } ?? ContinuousClock.now.advanced(by: timeout)
            let succeeded = export(by: deadline, flush: true)
            exporter.shutdown(deadline: deadline)
            failures.flush()
            let flushes = state.withLock { state in
                state.ended = true
                state.lastSucceeded = succeeded
                defer { state.flushes = [] }
                return state.flushes
            }
            for flush in flushes { flush.resolve(succeeded) }
        }

        private func takeFlushes() -> [Promise<Bool>] {
            state.withLock { state in
                defer { state.flushes = [] }
                return state.flushes
            }
        }

        private func export(by deadline: ContinuousClock.Instant, flush: Bool) -> Bool {
            guard let source = state.withLock({ $0.source }) else { return true }
            let metrics = source.collect()
            let exported =
                metrics.isEmpty || exporter.export(metrics, resource: source.resource, deadline: deadline)
            if !exported {
                failures.log("export", "metrics could not all be exported", metadata: [("metrics", "\(metrics.count)")])
            }
            let flushed = !flush || exporter.forceFlush(deadline: deadline)
            return exported && flushed
        }
    }
}
