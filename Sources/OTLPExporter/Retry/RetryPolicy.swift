/// How long to wait before another attempt, where the server does not say: each time longer, and not for all clients the
/// same (OTLP specification, "Failures": exponential back-off with jitter).
public struct RetryPolicy: Sendable, Hashable {
    /// The wait after the first attempt.
    public var initialBackoff: Duration = .seconds(1)
    /// The longest wait.
    public var maxBackoff: Duration = .seconds(5)
    /// By how much each wait is longer than the one before.
    public var multiplier: Double = 1.5
    /// By which share a wait is longer or shorter at random: 0.2 makes 0.8 to 1.2 of it.
    public var jitter: Double = 0.2

    /// The defaults: 1 s, half as much again each time up to 5 s, a fifth more or less.
    public init() {}
}
