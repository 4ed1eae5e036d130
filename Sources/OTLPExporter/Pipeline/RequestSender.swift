import SpanlinkRuntime
import TracingCore

/// Posts the body of a request until the server has it or the request is given up.
///
/// ``send(_:by:)`` blocks, for one thread at a time. ``beginShutdown(deadline:)`` may be called from any thread.
final class RequestSender: Sendable {
    /// The end of a request, after all attempts.
    struct Outcome: Sendable {
        enum Result: Sendable {
            /// The server has the data, all but a part that it rejects.
            case accepted(ExportResponse)
            /// The server refuses a request of that size.
            case refusedAsTooLarge(ExportFailure)
            case lost(ExportFailure)
        }

        var result: Result
        /// The status of the last answer.
        var status: ReplyStatus?
        var attempts = 0
    }

    /// The number of bytes that HTTP/2 sends before the server agrees to more (RFC 9113, section 6.9.2).
    private static let initialWindow = 65_535

    private let client: HTTPClient
    private let policy: RetryPolicy
    private let isGRPC: Bool
    private let signal: OTLPSignal
    private let log: any LogSink
    /// The time at which a shutdown must be over, once it has begun.
    private let shutdownDeadline = Mutex<ContinuousClock.Instant?>(nil)

    /// - Throws: ``OTLPConfigurationError`` if libcurl cannot make such requests.
    init(
        _ signal: OTLPSignal, _ configuration: OTLPConfiguration, libcurl: LibcurlFeatures, log: any LogSink
    ) throws(OTLPConfigurationError) {
        self.signal = signal
        self.log = log
        policy = configuration.retry
        isGRPC = configuration.protocol == .grpc
        try libcurl.check(configuration)
        client = try HTTPClient(configuration, RequestTarget(signal, configuration))
    }

    /// Ends all waits: an export in progress must be over by `deadline`.
    func beginShutdown(deadline: ContinuousClock.Instant) {
        shutdownDeadline.withLock { $0 = min($0 ?? deadline, deadline) }
        client.wakeUp()
    }

    /// Posts until the server answers for good, or until `limit`.
    func send(_ body: UnsafeRawBufferPointer, by limit: ContinuousClock.Instant) -> Outcome {
        // A smaller request is sent whole before the server's answer.
        var attempts = ExportAttempts(
            policy: policy, resetMeansTooLarge: isGRPC && body.count > Self.initialWindow)
        var status: ReplyStatus?
        func end(_ result: Outcome.Result) -> Outcome {
            Outcome(result: result, status: status, attempts: attempts.count)
        }
        while true {
            // The deadline may pass during the wait: then the last failure is the reason.
            if let failure = attempts.failure, ContinuousClock.now >= deadline(limit) { return end(.lost(failure)) }
            let result = client.post(body) { deadline(limit) }
            let reply = isGRPC ? ExportReply(grpc: result) : ExportReply(http: result, wallClock: .now)
            status = reply.status ?? status
            let action = attempts.next(
                after: reply, now: .now, deadline: deadline(limit), isLast: isShuttingDown, jitter: .random(in: -1...1))
            switch action {
            case .succeed(let response): return end(.accepted(response))
            case .halve(let failure): return end(.refusedAsTooLarge(failure))
            case .drop(let failure): return end(.lost(failure))
            case .retry(let time, let isOrdered):
                log.debug(
                    "An export is tried again",
                    metadata: [("signal", signal.rawValue), ("attempts", "\(attempts.count)")])
                guard wait(until: time, isOrdered: isOrdered) else {
                    return end(
                        .lost(
                            ExportFailure(
                                type: "shutdown", message: "shut down during a wait that the server had ordered")))
                }
            }
        }
    }

    /// - Returns: `false` if shutdown came before a time that the server ordered.
    private func wait(until time: ContinuousClock.Instant, isOrdered: Bool) -> Bool {
        while ContinuousClock.now < time {
            if isShuttingDown { return !isOrdered }
            client.sleep(until: time)
        }
        return true
    }

    private var isShuttingDown: Bool { shutdownDeadline.withLock { $0 != nil } }

    private func deadline(_ limit: ContinuousClock.Instant) -> ContinuousClock.Instant {
        shutdownDeadline.withLock { min($0 ?? limit, limit) }
    }
}
