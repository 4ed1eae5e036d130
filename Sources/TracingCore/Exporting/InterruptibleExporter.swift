/// An exporter whose export can wait, and can be told to hurry: for span and metric exporters alike.
///
/// Processors and readers call it when their shutdown begins, while their own thread may be in the middle of an export.
public protocol InterruptibleExporter: Sendable {
    /// Exports that run or follow must be over by `deadline`, and no longer wait for better times. Called from any thread,
    /// before the exporter's `shutdown`; it must not block.
    func beginShutdown(deadline: ContinuousClock.Instant)
}
