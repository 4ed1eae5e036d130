/// Receives spans when they start and when they end (OpenTelemetry trace SDK, "Span processor").
///
/// The first three methods run on the thread that starts or ends the span: they must neither block nor throw. A provider
/// calls its processors in their order.
public protocol SpanProcessor: Sendable {
    /// A recording span has started. It can be written.
    ///
    /// - Parameter parent: the context in which the span started, its parent's.
    func onStart(_ span: RecordingSpan, parent: ActiveContext)
    /// A recording span is about to end: its end time is set, and it can still be written, by this thread alone.
    func onEnding(_ span: RecordingSpan)
    /// A recording span has ended; it does not change any more.
    func onEnd(_ span: RecordingSpan)
    /// Exports the spans that have ended and are not exported yet; `false` if that failed or `deadline` was over.
    func forceFlush(deadline: ContinuousClock.Instant) async -> Bool
    /// Exports the spans that have ended and stops; `false` if spans were lost or `deadline` was over.
    func shutdown(deadline: ContinuousClock.Instant) async -> Bool
    /// The number of spans that were lost so far, by reason.
    var lostSpans: [SpanLossReason: Int] { get }
}

extension SpanProcessor {
    public func onStart(_ span: RecordingSpan, parent: ActiveContext) {}
    public func onEnding(_ span: RecordingSpan) {}
    public var lostSpans: [SpanLossReason: Int] { [:] }
}

/// A processor that may not need span objects: spans that are complete when they end come as plain data.
package protocol CompletedSpanProcessor: SpanProcessor {
    /// Whether the processor takes spans as plain data. If any processor of a provider does not, all get objects.
    var takesCompletedSpans: Bool { get }

    /// A span has ended. Called instead of ``SpanProcessor/onStart(_:parent:)`` and ``SpanProcessor/onEnd(_:)``.
    func onEnd(_ span: borrowing EndedSpan, of origin: SpanOrigin)
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
