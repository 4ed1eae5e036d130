/// How long to wait before another attempt, where the server does not say: each time longer, and not for all clients the
/// same (OTLP specification, "Failures": exponential back-off with jitter).
public struct RetryPolicy: Sendable, Hashable {
    /// The wait after the first attempt: more than zero.
    public var initialBackoff: Duration = .seconds(1)
    /// The longest wait; the first one, if that is longer.
    public var maxBackoff: Duration = .seconds(5)
    /// How many times as long as the one before each wait is: 1 or more.
    public var multiplier: Double = 1.5
    /// By which share a wait is longer or shorter at random, from 0 to 1: 0.2 makes 0.8 to 1.2 of it.
    public var jitter: Double = 0.2

    /// The defaults: 1 s, half as much again each time up to 5 s, a fifth more or less.
    public init() {}

    /// What is wrong with it, `nil` when nothing is.
    var mistake: String? {
        if initialBackoff <= .zero || maxBackoff <= .zero {
            return "initialBackoff and maxBackoff must be more than zero"
        }
        if !(multiplier >= 1 && multiplier.isFinite) { return "multiplier must be a number from 1 on" }
        if !(0...1).contains(jitter) { return "jitter must be a number from 0 to 1" }
        return nil
    }
}
