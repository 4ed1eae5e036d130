/// Sends ended spans somewhere (OpenTelemetry trace SDK, "Span Exporter").
///
/// Called on a processor's own thread, never twice at the same time; it may block until `deadline`, no longer.
public protocol SpanExporter: Sendable {
    /// Exports `spans`; `false` when they are lost.
    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool
    /// Hands over whatever the exporter itself holds back; `false` when that failed.
    func forceFlush(deadline: ContinuousClock.Instant) -> Bool
    /// The last call: releases what the exporter holds.
    func shutdown(deadline: ContinuousClock.Instant)
}

/// An exporter that learns how many spans of a batch were lost when others of it were not.
package protocol LossCountingExporter: SpanExporter {
    /// Exports `spans`; how many of them are lost.
    func exportCountingLoss(of spans: [SpanData], deadline: ContinuousClock.Instant) -> Int
}

extension SpanExporter {
    /// Exports `spans`; how many of them are lost, as far as the exporter says.
    func lostSpanCount(exporting spans: [SpanData], deadline: ContinuousClock.Instant) -> Int {
        if let counting = self as? any LossCountingExporter {
            return counting.exportCountingLoss(of: spans, deadline: deadline)
        }
        return export(spans, deadline: deadline) ? 0 : spans.count
    }

    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }
    public func shutdown(deadline: ContinuousClock.Instant) {}
}
