import SpanlinkRuntime

/// The state of one request over its attempts (OTLP specification, "Failures"): each reply gives the next action. No I/O.
///
/// All attempts send the same bytes.
struct ExportAttempts {
    /// What the exporter does next.
    enum Action: Equatable {
        /// The server has the data; a part may be rejected.
        case succeed(ExportResponse)
        /// Another attempt at that time. Back-off of our own ends early at shutdown, what the server ordered does not.
        case retry(at: ContinuousClock.Instant, isOrdered: Bool)
        /// The request is too large for the server: its halves may succeed.
        case halve(ExportFailure)
        /// The batch is lost.
        case drop(ExportFailure)
    }

    private let policy: RetryPolicy
    /// In seconds: a floating-point number grows without an overflow.
    private var backoff: Double
    private let longestBackoff: Double
    /// Attempts so far.
    private(set) var count = 0
    /// Why the last attempt failed.
    private(set) var failure: ExportFailure?

    /// Whether a stream that the server ends early, again and again, means that the request is too large. libcurl 7.88 does
    /// not report the status that a gRPC server sends before it has read the whole message.
    private let resetMeansTooLarge: Bool

    /// Attempts by a policy without mistakes.
    init(policy: RetryPolicy, resetMeansTooLarge: Bool = false) {
        self.policy = policy
        self.resetMeansTooLarge = resetMeansTooLarge
        backoff = min(policy.initialBackoff, .unlimited) / .seconds(1)
        longestBackoff = max(backoff, min(policy.maxBackoff, .unlimited) / .seconds(1))
    }

    /// The action after an attempt with that reply.
    ///
    /// `isLast` is true if there is no time for another wait (shutdown has begun). `jitter` is a random number from -1 to 1.
    mutating func next(
        after reply: ExportReply, now: ContinuousClock.Instant, deadline: ContinuousClock.Instant, isLast: Bool,
        jitter: Double
    ) -> Action {
        count += 1
        switch reply.meaning {
        case .accepted(let response): return .succeed(response)
        case .refusedAsTooLarge(let failure): return .halve(failure)
        case .lost(var failure):
            // A deadline in the middle of an attempt hides the reason of those before.
            if failure.advice.isEmpty { failure.advice = self.failure?.advice ?? "" }
            return .drop(failure)
        case .failed(var failure, let ordered):
            if resetMeansTooLarge, [failure.type, self.failure?.type].allSatisfy({ $0 == HTTPFailure.streamResetType })
            {
                return .halve(failure)
            }
            self.failure = failure
            let wait = max(nextBackoff(jitter), ordered ?? .zero)
            guard !isLast, now.duration(to: deadline) > wait else {
                failure.message += (failure.message.isEmpty ? "" : "; ") + "no time for another attempt"
                return .drop(failure)
            }
            return .retry(at: now.advanced(by: wait), isOrdered: (ordered ?? .zero) > .zero)
        }
    }

    private mutating func nextBackoff(_ jitter: Double) -> Duration {
        let wait = backoff * (1 + policy.jitter * jitter)
        backoff = min(backoff * policy.multiplier, longestBackoff)
        return .seconds(wait)
    }
}
