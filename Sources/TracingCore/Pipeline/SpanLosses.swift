import SpanlinkRuntime

/// Counts the lost spans of one processor by reason, exactly, and logs the first loss.
final class SpanLosses: Sendable {
    private let queueFull = Atomic<Int>(0)
    private let queueBytes = Atomic<Int>(0)
    private let alreadyShutdown = Atomic<Int>(0)
    private let exportFailed = Atomic<Int>(0)
    private let shutdownTimeout = Atomic<Int>(0)
    private let hasLogged = Atomic(false)
    private let metrics: ProcessorMetrics
    private let logSink: any LogSink

    init(metrics: ProcessorMetrics, logSink: any LogSink) {
        self.metrics = metrics
        self.logSink = logSink
    }

    /// Spans that never reached the exporter.
    func dropped(_ count: Int, _ reason: SpanLossReason) {
        guard count > 0 else { return }
        add(count, reason)
        metrics.lost(count, reason)
    }

    /// A span that was refused when it ended. The first one is logged.
    func refused(_ reason: SpanLossReason) {
        dropped(1, reason)
        guard hasLogged.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        logSink.warning(
            "The span queue is full or closed: spans are dropped, and from now on only counted "
                + "(metric otel.sdk.processor.span.processed). Raise maxQueueBytes or maxQueueSize, or sample fewer spans",
            metadata: [("reason", reason.rawValue)])
    }

    /// Spans that the exporter could not deliver.
    func failed(_ count: Int) { add(count, .exportFailed) }

    private func add(_ count: Int, _ reason: SpanLossReason) {
        switch reason {
        case .queueFull: queueFull.wrappingAdd(count, ordering: .relaxed)
        case .queueBytes: queueBytes.wrappingAdd(count, ordering: .relaxed)
        case .alreadyShutdown: alreadyShutdown.wrappingAdd(count, ordering: .relaxed)
        case .exportFailed: exportFailed.wrappingAdd(count, ordering: .relaxed)
        case .shutdownTimeout: shutdownTimeout.wrappingAdd(count, ordering: .relaxed)
        }
    }

    private func count(_ reason: SpanLossReason) -> Int {
        switch reason {
        case .queueFull: queueFull.load(ordering: .acquiring)
        case .queueBytes: queueBytes.load(ordering: .acquiring)
        case .alreadyShutdown: alreadyShutdown.load(ordering: .acquiring)
        case .exportFailed: exportFailed.load(ordering: .acquiring)
        case .shutdownTimeout: shutdownTimeout.load(ordering: .acquiring)
        }
    }

    /// The losses so far; reasons without one are left out.
    var byReason: [SpanLossReason: Int] {
        SpanLossReason.allCases.reduce(into: [:]) { losses, reason in
            let count = count(reason)
            if count > 0 { losses[reason] = count }
        }
    }

    var total: Int { SpanLossReason.allCases.reduce(0) { $0 + count($1) } }
}
