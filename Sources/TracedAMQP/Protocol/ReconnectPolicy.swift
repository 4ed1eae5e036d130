/// How long a connection that was lost waits before the next try: longer each time, with jitter, so that many clients do not
/// come back at once.
public struct ReconnectPolicy: Sendable, Hashable {
    /// The longest wait before the first try.
    public var initialDelay: Duration = .milliseconds(200)
    /// The longest wait.
    public var maxDelay: Duration = .seconds(20)
    /// By how much the longest wait grows with each try.
    public var multiplier: Double = 2

    /// The defaults.
    public init() {}

    /// A wait after `attempt` tries have failed, counted from 0: between half of the longest one and all of it.
    ///
    /// - Parameter random: from 0 to 1.
    func delay(attempt: Int, random: Double) -> Duration {
        var longest = seconds(initialDelay)
        let limit = max(seconds(maxDelay), longest)
        let factor = multiplier.isFinite ? max(multiplier, 1) : 1
        for _ in 0..<min(max(attempt, 0), 64) where longest < limit { longest *= factor }
        let jitter = random.isFinite ? min(max(random, 0), 1) : 1
        return .seconds(min(longest, limit) * (0.5 + jitter / 2))
    }

    private func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return max(0, Double(seconds) + Double(attoseconds) / 1e18)
    }
}
