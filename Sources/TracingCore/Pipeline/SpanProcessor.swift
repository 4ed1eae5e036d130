/// Receives spans when they start and when they end (OpenTelemetry trace SDK, "Span processor").
///
/// ``onStart(_:)`` and ``onEnd(_:)`` run on the thread that starts or ends the span: they must neither block nor throw.
public protocol SpanProcessor: Sendable {
    /// A recording span has started.
    func onStart(_ span: RecordingSpan)
    /// A recording span has ended; it does not change any more.
    func onEnd(_ span: RecordingSpan)
    /// Exports what has ended and is not exported yet; `false` when that failed or `deadline` was over.
    func forceFlush(deadline: ContinuousClock.Instant) async -> Bool
    /// Exports what has ended and stops; `false` when spans were lost or `deadline` was over.
    func shutdown(deadline: ContinuousClock.Instant) async -> Bool
    /// How many spans were lost so far, by reason.
    var lostSpans: [SpanLossReason: Int] { get }
}

extension SpanProcessor {
    public func onStart(_ span: RecordingSpan) {}
    public var lostSpans: [SpanLossReason: Int] { [:] }
}

/// Why an ended span did not reach its exporter's backend.
public enum SpanLossReason: String, Sendable, Hashable, CaseIterable {
    /// The queue held as many spans as it may.
    case queueFull = "queue_full"
    /// The queue held as many bytes as it may.
    case queueBytes = "queue_bytes"
    /// The span ended after shutdown.
    case alreadyShutdown = "already_shutdown"
    /// The exporter gave up on it.
    case exportFailed = "export_failed"
    /// Shutdown reached its deadline first.
    case shutdownTimeout = "shutdown_timeout"
}
