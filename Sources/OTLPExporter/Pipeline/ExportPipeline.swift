import SpanlinkRuntime
import TracingCore

/// Sends the batches of one signal: a ``RequestBuilder`` makes requests, a ``RequestSender`` posts them, and an
/// ``ExportRecorder`` counts the results. Requests that are too large for the server are halved.
///
/// One batch at a time, on the calling thread. ``beginShutdown(deadline:)`` may be called from any thread.
final class ExportPipeline: Sendable {
    private let timeout: Duration
    private let sender: RequestSender
    private let recorder: ExportRecorder
    /// Locked for the whole duration of a request.
    private let builder: Mutex<RequestBuilder>
    private let isShutDown = Atomic(false)

    /// - Throws: ``OTLPConfigurationError`` for the first mistake in `configuration`, and if libcurl cannot make such
    ///   requests.
    init(
        _ signal: OTLPSignal, _ configuration: OTLPConfiguration, meterProvider: MeterProvider, log: any LogSink,
        libcurl: LibcurlFeatures = .installed
    ) throws(OTLPConfigurationError) {
        try configuration.validate()
        timeout = configuration.timeout.zeroAsUnlimited
        sender = try RequestSender(signal, configuration, libcurl: libcurl, log: log)
        recorder = ExportRecorder(signal, configuration, meterProvider: meterProvider, log: log)
        builder = Mutex(RequestBuilder(configuration))
    }

    /// Records into another provider from now on.
    func measure(with meterProvider: MeterProvider) { recorder.measure(with: meterProvider) }

    /// The numbers of spans or points that were lost, by reason.
    var lost: [String: Int] { recorder.lost }

    /// Ends all waits: an export in progress must be over by `deadline`.
    func beginShutdown(deadline: ContinuousClock.Instant) { sender.beginShutdown(deadline: deadline) }

    /// Sends nothing any more.
    func shutdown() {
        isShutDown.store(true, ordering: .releasing)
        recorder.flush()
    }

    /// Sends spans or metrics, in several requests if one would be too large. All of them together have the batch's time.
    ///
    /// - Returns: The number of spans or points that are lost.
    func send(_ items: some ExportItems, deadline: ContinuousClock.Instant) -> Int {
        send(items, by: min(deadline, .now + timeout))
    }

    private func send(_ items: some ExportItems, by limit: ContinuousClock.Instant) -> Int {
        let (start, count, metrics) = (ContinuousClock.now, items.itemCount, recorder.metrics)
        func lose(_ failure: ExportFailure) -> Int {
            recorder.lose(count, failure, metrics: metrics, duration: start.duration(to: .now))
        }
        // A half of metrics may have no points.
        guard count > 0 else { return 0 }
        guard !isShutDown.load(ordering: .acquiring) else { return lose(.alreadyShutDown) }
        let built = builder.withLock { builder in
            let built = builder.build(items) { body, size in
                metrics.started(count)
                defer { metrics.stopped(count) }
                return (outcome: sender.send(body, by: limit), size: size)
            }
            if case .used(let sent) = built, case .refusedAsTooLarge = sent.outcome.result {
                builder.lowerLimit(refused: sent.size, isDivisible: items.isDivisible)
            }
            return built
        }
        switch built {
        case .notCompressed: return lose(.notCompressed)
        case .tooLarge(let bytes):
            if !items.isDivisible { return lose(.tooLarge(bytes)) }
        case .used(let (outcome, size)):
            let duration = start.duration(to: .now)
            guard case .refusedAsTooLarge = outcome.result, items.isDivisible else {
                return recorder.end(count, outcome, metrics: metrics, duration: duration)
            }
            recorder.halve(size: size, outcome, metrics: metrics, duration: duration)
        }
        let (first, second) = items.halves()
        return send(first, by: limit) + send(second, by: limit)
    }
}
