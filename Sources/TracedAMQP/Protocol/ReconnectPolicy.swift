import SpanlinkRuntime

/// How long a connection that was lost waits before the next try: longer each time, with jitter, so that many clients do not
/// come back at once.
public struct ReconnectPolicy: Sendable, Hashable {
    /// The longest wait before the first try.
    public var initialDelay: Duration = .milliseconds(200)
    /// The longest wait. A connection that holds for as long begins anew with ``initialDelay``.
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

/// Counts how often a connection failed in a row. One that is lost soon after it was there has failed as well: what broke it
/// may break each that follows.
struct ReconnectAttempts {
    private let policy: ReconnectPolicy
    private var failed = 0

    init(_ policy: ReconnectPolicy) { self.policy = policy }

    /// The wait before the next try.
    ///
    /// - Parameters:
    ///   - wasReady: from when to when the last connection was of use; nil when it never was.
    ///   - random: from 0 to 1.
    mutating func nextDelay(_ wasReady: Range<MonotonicTime>?, random: Double) -> Duration {
        if let wasReady, wasReady.lowerBound.advanced(by: policy.maxDelay) <= wasReady.upperBound { failed = 0 }
        defer { failed += 1 }
        return policy.delay(attempt: failed, random: random)
    }
}
