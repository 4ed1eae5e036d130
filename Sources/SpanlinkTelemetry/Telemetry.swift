import OTLPExporter
import OTLPFormat
import SpanlinkRuntime
public import TracingCore

/// Traces and metrics of a service, put together from code and the `OTEL_*` environment variables, started in one
/// statement and stopped last.
///
/// ```swift
/// let telemetry = try Telemetry(service: "orders")
/// try await runUntilTerminated(telemetry, producer, consumer)
/// ```
///
/// Creation makes its ``backend`` that of the process, unless the configuration says otherwise; of several the last one
/// wins, with a warning. Shutting down takes it away again, if it is still there. Safe to use from any thread.
public final class Telemetry: LifecycleComponent {
    /// What is in effect: what code said, and what the environment said on top.
    public let configuration: Configuration
    /// Which service all of it belongs to.
    public let resource: Resource
    /// Where spans and measurements are recorded: give it to clients that should not depend on the global one.
    public let backend: TracingBackend
    /// Makes instruments.
    public let meterProvider: MeterProvider
    /// Carries context in text headers, as `OTEL_PROPAGATORS` says. It works even when telemetry is disabled.
    ///
    /// Clients that record here write and read the same formats in messages: with `tracecontext` alone no baggage, with
    /// `none` nothing, not even links to producers. When telemetry is disabled they pass on what is active in these formats.
    public let propagator: TextMapPropagator

    private let tracerProvider: TracerProvider?
    /// What exporters share and who made it closes.
    private let files: [JSONLinesFile]
    private let hasBegunShutdown = Atomic(false)
    private let ended = Promise<Void>()

    /// Telemetry of the service with that name; where it goes is for the environment to say. What it says nothing of goes to
    /// an OTLP collector on this machine, as the specification has it; `OTEL_TRACES_EXPORTER=none` and
    /// `OTEL_METRICS_EXPORTER=none` turn that off.
    ///
    /// - Throws: ``TelemetryError``.
    public convenience init(
        service: String, environment: [String: String] = Telemetry.processEnvironment
    ) throws {
        try self.init(configuration: .otlp(serviceName: service), environment: environment)
    }

    /// Telemetry by `configuration`, over which `environment` wins: also attributes of `OTEL_RESOURCE_ATTRIBUTES` and
    /// `OTEL_SERVICE_NAME` over those of code. There the specification has it the other way round (resource SDK: the
    /// environment's attributes are the secondary resource); here the operator has the last word in everything.
    ///
    /// A variable that makes no sense is ignored with a warning; it never throws.
    ///
    /// If `OTEL_CONFIG_FILE` names a file (declarative configuration, file_format "1.0"), the file alone counts: all other
    /// variables are ignored, except where the file refers to them. The file replaces destinations, sampler, limits,
    /// propagator, views, exemplar filter and cardinality limit of `configuration`, by the schema's defaults if a section is absent. These parts of
    /// `configuration` stay: destinations that a file cannot name (`.custom`, `.inMemory`, `.reader`) with
    /// ``Configuration/batchProcessor`` and the metric interval for them; the service's name and attributes below those of
    /// the file; `isDisabled` if the file does not state it; log sink, shutdown time-out, and global backend.
    /// - Throws: ``TelemetryError`` for what makes no sense in `configuration`, and for a mistake in the file.
    public init(
        configuration: Configuration, environment: [String: String] = Telemetry.processEnvironment
    ) throws {
        try configuration.validate()
        let settings = try TelemetrySettings.read(environment, over: configuration)
        let configuration = settings.configuration
        self.configuration = configuration
        self.propagator = configuration.propagator
        self.resource = settings.resource
        guard !configuration.isDisabled else {
            let formats = configuration.propagator.formats
            (tracerProvider, meterProvider, files) = (nil, .noop, [])
            backend = .disabled(propagating: formats)
            if configuration.setsGlobalBackend { TracingBackend.setGlobalFormats(formats) }
            return
        }
        let pipelines = try Pipelines(configuration, pathsFromEnvironment: settings.pathsFromEnvironment)
        files = pipelines.files
        meterProvider =
            pipelines.readers.isEmpty
            ? .noop
            : MeterProvider(
                resource: resource, readers: pipelines.readers, views: configuration.views,
                exemplarFilter: configuration.exemplarFilter, cardinalityLimit: configuration.cardinalityLimit,
                log: configuration.logSink)
        for exporter in pipelines.otlpMetricExporters { exporter.measure(with: meterProvider) }
        let provider = TracerProvider(
            resource: resource, processors: try pipelines.processors(meterProvider), sampler: configuration.sampler,
            limits: configuration.spanLimits, propagator: configuration.propagator,
            recordsErrorText: configuration.recordsErrorText, meterProvider: meterProvider,
            logSink: configuration.logSink)
        tracerProvider = provider
        backend = .core(provider)
        if configuration.setsGlobalBackend, TracingBackend.exchangeGlobal(backend).isObserving {
            configuration.logSink.warning(
                "the process has a tracing backend already: from now on the new one records for clients that name none")
        }
    }

    /// How many spans were lost so far, by reason.
    public var lostSpans: [SpanLossReason: Int] { tracerProvider?.lostSpans ?? [:] }

    /// Exports what was recorded so far. `false` when something could not be exported or `timeout` was over.
    @discardableResult
    public func forceFlush(timeout: Duration = .seconds(30)) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        let spansAreSafe = await tracerProvider?.forceFlush(timeout: timeout) ?? true
        // Readers bound their exports by a time-out of their own, and ours may be shorter.
        let metricsAreSafe = Promise<Bool>()
        Task { [meterProvider] in metricsAreSafe.resolve(await meterProvider.forceFlush()) }
        return await metricsAreSafe.value(by: deadline) == true && spansAreSafe
    }
}

// MARK: - Life

extension Telemetry {
    /// Waits until telemetry was shut down. Spans and metrics are exported without it.
    ///
    /// When its task is cancelled telemetry is shut down at once: what others record after that is lost. Cancel it after
    /// them, or let ``runUntilTerminated(_:shutdownTimeout:logSink:)`` or a graceful shutdown of a service group keep the
    /// order.
    public func run() async throws {
        await runUntilShutdown { _ = await ended.value() }
    }

    /// Begins to export what is left and to stop, within the configuration's time-out.
    public func beginShutdown() { beginShutdown(deadline: .now + configuration.shutdownTimeout) }

    /// Exports what is left, spans before metrics, and stops; returns when that is done or `timeout` is over.
    ///
    /// What was lost in the life of this telemetry is said in the log. New spans are not recorded from now on; contexts are
    /// still passed on. A further call waits for the first, at most for its own time-out.
    public func shutdown(timeout: Duration = .seconds(30)) async {
        let deadline = ContinuousClock.now + timeout
        beginShutdown(deadline: deadline)
        _ = await ended.value(by: deadline)
    }

    private func beginShutdown(deadline: ContinuousClock.Instant) {
        let begins = hasBegunShutdown.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        guard begins else { return }
        Task {
            await stopSpans(by: deadline)
            await stopMetrics(by: deadline)
            for file in files { file.close() }
            ended.resolve(())
        }
    }

    /// Leaves some time for the metrics, which also say what was lost.
    private func stopSpans(by deadline: ContinuousClock.Instant) async {
        guard let tracerProvider else { return }
        TracingBackend.resetGlobal(ifItIs: tracerProvider)
        let left = deadline.timeLeft
        let spansAreSafe = await tracerProvider.shutdown(timeout: left * 3 / 4)
        // At once: what comes after it may take all the time there is, and the program then exits.
        let lost = lostSpans.sorted { $0.key.rawValue < $1.key.rawValue }
        guard !lost.isEmpty || !spansAreSafe else { return }
        configuration.logSink.warning("spans were lost", metadata: lost.map { ($0.key.rawValue, String($0.value)) })
    }

    /// Gives up a little before the caller of ``shutdown(timeout:)`` does, so as to be heard.
    private func stopMetrics(by deadline: ContinuousClock.Instant) async {
        let left = deadline.timeLeft
        guard await !meterProvider.shutdown(deadline: deadline - left / 10) else { return }
        configuration.logSink.warning("the last metrics could not all be exported")
    }
}
