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

extension SpanExporter {
    public func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }
    public func shutdown(deadline: ContinuousClock.Instant) {}
}
