import OTLPFormat
import SpanlinkRuntime
import TracingCore

/// Sends batches of one signal: encodes, divides what is too large, packs, posts, tries again, and counts what is lost.
///
/// One batch at a time, on the thread that calls; ``beginShutdown(deadline:)`` comes from any thread.
final class OTLPTransport: Sendable {
    private let signal: OTLPSignal
    /// `otel.component.name`: which of the process's exporters it is.
    private let component: String
    private let configuration: OTLPConfiguration
    private let log: any LogSink
    private let failures: LogOnce
    private let client: HTTPClient?
    /// Locked for as long as an export takes.
    private let work: Mutex<Work>
    private let state: Mutex<State>

    private struct Work: ~Copyable {
        var request = RequestBuffer()
        var gzip: GzipCompressor?
    }

    private struct State {
        /// When shutdown must be over, once it has begun.
        var deadline: ContinuousClock.Instant?
        var isShutDown = false
        var lost: [String: Int] = [:]
        var metrics: ExporterMetrics
    }

    init(
        _ signal: OTLPSignal, _ configuration: OTLPConfiguration, meterProvider: MeterProvider, log: any LogSink
    ) throws(OTLPConfigurationError) {
        try configuration.validate()
        self.signal = signal
        component = signal.nextComponentName()
        self.configuration = configuration
        self.log = log
        failures = LogOnce(sink: log)
        let isCompressed = configuration.compression == .gzip
        client = HTTPClient(configuration, isCompressed: isCompressed)
        work = Mutex(Work(gzip: isCompressed ? GzipCompressor() : nil))
        state = Mutex(State(metrics: Self.metrics(signal, component, configuration, meterProvider)))
        if client == nil { log.error("libcurl cannot be used: \(signal) are not exported") }
    }

    private static func metrics(
        _ signal: OTLPSignal, _ component: String, _ configuration: OTLPConfiguration, _ meterProvider: MeterProvider
    ) -> ExporterMetrics {
        ExporterMetrics(
            signal, component: component, endpoint: EndpointURL(configuration.endpoint), meterProvider: meterProvider)
    }

    /// Measures into another provider from now on: a metric exporter is there before its provider.
    func measure(with meterProvider: MeterProvider) {
        let metrics = Self.metrics(signal, component, configuration, meterProvider)
        state.withLock { $0.metrics = metrics }
    }

    /// How many spans or points were lost, by reason.
    var lost: [String: Int] { state.withLock { $0.lost } }

    /// From now on nothing waits: what an export does must be over by `deadline`.
    func beginShutdown(deadline: ContinuousClock.Instant) {
        state.withLock { $0.deadline = min($0.deadline ?? deadline, deadline) }
        client?.wakeUp()
    }

    /// Sends nothing any more.
    func shutdown() {
        state.withLock { $0.isShutDown = true }
        failures.flush()
    }

    /// Sends spans or metrics in as many requests as the limit of their size asks for. All of them together have the
    /// batch's time.
    ///
    /// - Returns: The number of spans or points that are lost.
    func send(_ items: some ExportItems, deadline: ContinuousClock.Instant) -> Int {
        send(items, by: min(deadline, .now + configuration.timeout.zeroAsUnlimited))
    }

    private func send(_ items: some ExportItems, by limit: ContinuousClock.Instant) -> Int {
        let start = ContinuousClock.now
        let (metrics, isShutDown) = state.withLock { ($0.metrics, $0.isShutDown) }
        let size = items.itemCount
        var outcome: Outcome? = .alreadyShutDown
        if !isShutDown {
            outcome = work.withLock { work in
                defer { work.request.removeAll() }
                work.request.write { items.write(into: $0) }
                return work.request.withBytes { bytes in
                    guard bytes.count <= configuration.maxRequestBytes else {
                        return items.isDivisible ? nil : .tooLarge(bytes.count)
                    }
                    metrics.started(size)
                    defer { metrics.stopped(size) }
                    guard configuration.compression == .gzip else { return post(bytes, by: limit) }
                    guard let packed = work.gzip?.compress(bytes) else { return .notCompressed }
                    return packed.withUnsafeBytes { post($0, by: limit) }
                }
            }
        }
        if let outcome { return finish(size, outcome, metrics, start.duration(to: .now)) }
        let (first, second) = items.halves()
        return send(first, by: limit) + send(second, by: limit)
    }
}

// MARK: - One export

extension OTLPTransport {
    private struct Outcome: Sendable {
        var failure: ExportFailure?
        var response: ExportResponse?
        var status: Int?
        var attempts = 0

        static let alreadyShutDown = Outcome(
            failure: ExportFailure(type: "already_shutdown", message: "the exporter was shut down"))
        static let notCompressed = Outcome(
            failure: ExportFailure(type: "compression", message: "zlib has no memory"))

        static func tooLarge(_ size: Int) -> Outcome {
            Outcome(
                failure: ExportFailure(
                    type: "request_too_large",
                    message: "one alone makes a request of \(size) bytes, over the limit of maxRequestBytes"))
        }
    }

    /// Posts until the server has it, or it is lost.
    private func post(_ bytes: UnsafeRawBufferPointer, by limit: ContinuousClock.Instant) -> Outcome {
        guard let client else { return Outcome(failure: ExportFailure(type: "internal", message: "no libcurl")) }
        var attempts = ExportAttempts(policy: configuration.retry)
        var status: Int?
        while true {
            // The time may be over when the wait is: then the reason is what came before.
            if let failure = attempts.failure, ContinuousClock.now >= deadline(limit) {
                return Outcome(failure: failure, status: status, attempts: attempts.count)
            }
            let result = client.post(bytes) { deadline(limit) }
            if case .response(let response) = result { status = response.status }
            let action = attempts.next(
                after: result, now: .now, wallClock: .now, deadline: deadline(limit), isLast: isShuttingDown,
                jitter: .random(in: -1...1))
            switch action {
            case .succeed(let response):
                return Outcome(
                    response: ExportResponse(response.body), status: status, attempts: attempts.count)
            case .drop(let failure):
                return Outcome(failure: failure, status: status, attempts: attempts.count)
            case .retry(let time, let isOrdered):
                log.debug(
                    "an export is tried again",
                    metadata: [("signal", signal.rawValue), ("attempts", "\(attempts.count)")])
                guard wait(client, until: time, isOrdered: isOrdered) else {
                    return Outcome(
                        failure: ExportFailure(
                            type: "shutdown", message: "shut down while the server wanted to be left alone"),
                        status: status, attempts: attempts.count)
                }
            }
        }
    }

    /// False when shutdown came before a time that the server ordered.
    private func wait(_ client: HTTPClient, until time: ContinuousClock.Instant, isOrdered: Bool) -> Bool {
        while ContinuousClock.now < time {
            if isShuttingDown { return !isOrdered }
            client.sleep(until: time)
        }
        return true
    }

    private var isShuttingDown: Bool { state.withLock { $0.deadline != nil } }

    private func deadline(_ limit: ContinuousClock.Instant) -> ContinuousClock.Instant {
        state.withLock { min($0.deadline ?? limit, limit) }
    }

    private func finish(_ count: Int, _ outcome: Outcome, _ metrics: ExporterMetrics, _ duration: Duration) -> Int {
        var failure = outcome.failure
        var lost = failure == nil ? 0 : count
        if let response = outcome.response {
            lost = Int(clamping: min(response.rejected, Int64(count)))
            if lost > 0 {
                failure = ExportFailure(type: "rejected", message: response.message)
            } else if !response.message.isEmpty {
                failures.log("warning", "the server took all \(signal) and warns: \(response.message)")
            }
        }
        metrics.ended(count, lost: lost, failure: failure, status: outcome.status, duration: duration)
        guard let failure else { return 0 }
        state.withLock { $0.lost[failure.type, default: 0] += lost }
        let endpoint = EndpointURL(configuration.endpoint)
        failures.log(
            failure.type,
            "\(signal) are lost: they could not be exported"
                + (failure.message.isEmpty ? "" : " (\(failure.message))"),
            metadata: [
                ("reason", failure.type), ("lost", "\(lost)"), ("attempts", "\(outcome.attempts)"),
                ("server", endpoint.map { "\($0.host):\($0.port)" } ?? ""),
            ])
        return lost
    }
}
