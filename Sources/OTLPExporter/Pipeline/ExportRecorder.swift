import SpanlinkRuntime
import TracingCore

/// Counts the results of exports and logs losses, at most once a minute for a reason. May be used from any thread.
///
/// No entry contains a secret of the configuration: the endpoint is shown without user-info and query, and texts of the
/// server without the values of headers.
final class ExportRecorder: Sendable {
    private let signal: OTLPSignal
    private let configuration: OTLPConfiguration
    /// `otel.component.name`.
    private let component: String
    private let secrets: Secrets
    private let losses: LogOnce
    /// Entries that are logged once for the exporter's life.
    private let hints: LogOnce
    private let state: Mutex<State>

    private struct State {
        var lost: [String: Int] = [:]
        var metrics: ExporterMetrics
    }

    init(_ signal: OTLPSignal, _ configuration: OTLPConfiguration, meterProvider: MeterProvider, log: any LogSink) {
        self.signal = signal
        self.configuration = configuration
        component = signal.nextComponentName(configuration.protocol)
        secrets = Secrets(configuration)
        losses = LogOnce(sink: log)
        hints = LogOnce(sink: log, interval: nil)
        state = Mutex(
            State(metrics: ExporterMetrics(signal, configuration, component: component, meterProvider: meterProvider)))
    }

    /// The numbers of spans or points that were lost, by reason.
    var lost: [String: Int] { state.withLock { $0.lost } }

    /// The instruments to record with.
    var metrics: ExporterMetrics { state.withLock { $0.metrics } }

    /// Records into another provider from now on: a metric exporter exists before its provider.
    func measure(with meterProvider: MeterProvider) {
        let metrics = ExporterMetrics(signal, configuration, component: component, meterProvider: meterProvider)
        state.withLock { $0.metrics = metrics }
    }

    /// Logs what was counted and not yet logged.
    func flush() { losses.flush() }

    /// Records the loss of `count` spans or points for which no request was made.
    ///
    /// - Returns: `count`.
    func lose(_ count: Int, _ failure: ExportFailure, metrics: ExporterMetrics, duration: Duration) -> Int {
        record(count, lost: count, failure, RequestSender.Outcome(result: .lost(failure)), metrics, duration)
    }

    /// Records the end of a request with `count` spans or points.
    ///
    /// - Returns: The number of those that are lost.
    func end(_ count: Int, _ outcome: RequestSender.Outcome, metrics: ExporterMetrics, duration: Duration) -> Int {
        switch outcome.result {
        case .lost(let failure): return record(count, lost: count, failure, outcome, metrics, duration)
        case .refusedAsTooLarge(var failure):
            failure.type = ExportFailure.tooLargeType
            return record(count, lost: count, failure, outcome, metrics, duration)
        case .accepted(let response):
            if let contentType = response.foreignContentType { hintAtForeign(contentType) }
            let rejected = Int(clamping: min(response.rejected, Int64(count)))
            if rejected > 0 {
                let failure = ExportFailure(type: "rejected", message: response.message)
                return record(count, lost: rejected, failure, outcome, metrics, duration)
            }
            if !response.message.isEmpty {
                losses.log(
                    "note", level: .info,
                    "The server accepted all \(signal) with a note: \(secrets.removed(from: response.message))")
            }
            return record(count, lost: 0, nil, outcome, metrics, duration)
        }
    }

    /// Records a request that the server refuses as too large and that is sent again in halves: nothing is lost so far.
    func halve(size: Int, _ outcome: RequestSender.Outcome, metrics: ExporterMetrics, duration: Duration) {
        if case .refusedAsTooLarge(let failure) = outcome.result {
            metrics.ended(0, lost: 0, failure: failure, status: outcome.status, duration: duration)
        }
        hints.log(
            "halved", level: .info,
            "The server refuses requests of \(size) bytes of \(signal) as too large: they are halved from now on",
            metadata: [("endpoint", configuration.shownEndpoint)])
    }

    private func record(
        _ count: Int, lost: Int, _ failure: ExportFailure?, _ outcome: RequestSender.Outcome,
        _ metrics: ExporterMetrics, _ duration: Duration
    ) -> Int {
        metrics.ended(count, lost: lost, failure: failure, status: outcome.status, duration: duration)
        guard let failure else { return lost }
        state.withLock { $0.lost[failure.type, default: 0] += lost }
        let message = secrets.removed(from: failure.message)
        losses.log(
            failure.type,
            "\(signal.title) are lost: the export failed" + (message.isEmpty ? "" : " (\(message))")
                + (failure.advice.isEmpty ? "" : ". \(failure.advice)"),
            metadata: [
                ("reason", failure.type), ("lost", "\(lost)"), ("attempts", "\(outcome.attempts)"),
                ("endpoint", configuration.shownEndpoint),
            ])
        return lost
    }

    private func hintAtForeign(_ contentType: String) {
        hints.log(
            "foreign",
            "The server answers \(signal) with content type \"\(secrets.removed(from: contentType))\", which is not OTLP. "
                + "They count as sent. Check the path of the endpoint",
            metadata: [("endpoint", configuration.shownEndpoint)])
    }
}
