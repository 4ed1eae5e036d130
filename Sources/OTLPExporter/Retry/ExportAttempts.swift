import SpanlinkRuntime
import TracingCore

/// What to do after each attempt to send one batch (OTLP specification, "OTLP/HTTP Response" and "Failures"). No I/O.
///
/// Only 429, 502, 503, 504 and lost or failed connections are tried again, always with the same bytes.
struct ExportAttempts {
    /// What the exporter does next.
    enum Action: Equatable {
        /// The server has it; it may have rejected a part.
        case succeed(HTTPResponse)
        /// Another attempt at that time. Back-off of our own ends early at shutdown, what the server ordered does not.
        case retry(at: ContinuousClock.Instant, isOrdered: Bool)
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

    /// Attempts by a policy without mistakes.
    init(policy: RetryPolicy) {
        self.policy = policy
        backoff = min(policy.initialBackoff, .unlimited) / .seconds(1)
        longestBackoff = max(backoff, min(policy.maxBackoff, .unlimited) / .seconds(1))
    }

    /// The action after an attempt with that result.
    ///
    /// `isLast`: there is no time for waiting any more (shutdown has begun). `jitter` is a random number from -1 to 1.
    mutating func next(
        after result: HTTPResult, now: ContinuousClock.Instant, wallClock: Timestamp,
        deadline: ContinuousClock.Instant, isLast: Bool, jitter: Double
    ) -> Action {
        count += 1
        var failure: ExportFailure
        var ordered: Duration?
        switch result {
        case .response(let response):
            if (200..<300).contains(response.status) { return .succeed(response) }
            failure = ExportFailure(
                type: String(response.status), message: ExportResponse.errorMessage(response.body))
            guard [429, 502, 503, 504].contains(response.status) else { return .drop(failure) }
            ordered = response.retryAfter.flatMap { RetryAfter.delay($0, now: wallClock) }
        case .failed(let reason):
            failure = ExportFailure(type: reason.type, message: reason.message)
            guard reason.isConnectionFailure else { return .drop(failure) }
        }
        self.failure = failure
        let wait = max(nextBackoff(jitter), ordered ?? .zero)
        guard !isLast, now.duration(to: deadline) > wait else {
            failure.message += failure.message.isEmpty ? "no time for another attempt" : "; no time for another attempt"
            return .drop(failure)
        }
        return .retry(at: now.advanced(by: wait), isOrdered: (ordered ?? .zero) > .zero)
    }

    private mutating func nextBackoff(_ jitter: Double) -> Duration {
        let wait = backoff * (1 + policy.jitter * jitter)
        backoff = min(backoff * policy.multiplier, longestBackoff)
        return .seconds(wait)
    }
}

/// Why a batch, or a part of it, is lost.
struct ExportFailure: Equatable {
    /// A word or a status for metrics (`error.type`).
    var type: String
    /// For people.
    var message: String
}
