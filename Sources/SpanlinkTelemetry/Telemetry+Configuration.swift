public import OTLPExporter
public import TracingCore

extension Telemetry {
    /// What start-up is told by code. Where an `OTEL_*` variable says something else, the variable wins.
    public struct Configuration: Sendable {
        /// The service's name, `service.name`; without one it is `unknown_service:` and the executable's name.
        public var serviceName: String?
        /// More about the service, such as `service.version` and `deployment.environment.name`. Wins over what is detected;
        /// `OTEL_RESOURCE_ATTRIBUTES` wins over it, unlike in the specification (``Telemetry/init(configuration:environment:)``).
        public var resourceAttributes: Attributes = [:]
        /// The sources of detected resource attributes. Default: all.
        public var resourceDetectors = ResourceDetector.all
        /// Where spans go. `OTEL_TRACES_EXPORTER` chooses kinds; of a kind that it names, what is given here stays as it is.
        /// What it has no name for (`.custom`, `.inMemory`) stays as well, unless it says `none`.
        public var spanExporters: [SpanDestination] = []
        /// Where metrics go. `OTEL_METRICS_EXPORTER` chooses among them in the same way.
        public var metricExporters: [MetricDestination] = []
        /// Which spans are recorded.
        public var sampler: Sampler = .parentBased(root: .alwaysOn)
        /// How much a span may hold.
        public var spanLimits = SpanLimits()
        /// Whether the whole text of an error that ends a span goes into its status and its `exception` event. The text may
        /// hold a payload; without it both have the name of the error's type.
        public var recordsErrorText = false
        /// How spans are queued and exported.
        public var batchProcessor = BatchSpanProcessor.Configuration()
        /// How often metrics are exported.
        public var metricInterval: Duration = .seconds(60)
        /// How long one export of metrics may take.
        public var metricTimeout: Duration = .seconds(30)
        /// Changes to the metrics of selected instruments.
        public var views: [MetricView] = []
        /// The measurements that may become exemplars, which lead from a metric to a trace.
        public var exemplarFilter: ExemplarFilter = .traceBased
        /// Which formats carry context in headers, of messages and of what uses ``Telemetry/propagator`` (HTTP).
        public var propagator = TextMapPropagator()
        /// Where the library's own warnings go.
        public var logSink: any LogSink = StandardErrorLogSink()
        /// How long shutting down may take when nobody says otherwise.
        public var shutdownTimeout: Duration = .seconds(30)
        /// Whether the process' global backend becomes this one, for all clients that name no other.
        public var setsGlobalBackend = true
        /// Nothing is recorded or exported; contexts are still passed on, in the formats of ``propagator``. A backend of the
        /// process that records is left alone.
        public var isDisabled = false
        /// The largest number of series of a metric, by a configuration file.
        var cardinalityLimit = 2_000

        /// The defaults: without exporters nothing leaves the process, unless the environment names one.
        public init(serviceName: String? = nil) { self.serviceName = serviceName }

        /// For start-up without code: the specification's default, OTLP, for what the environment says nothing of.
        static func otlp(serviceName: String) -> Configuration {
            var configuration = Configuration(serviceName: serviceName)
            configuration.spanExporters = [.otlp()]
            configuration.metricExporters = [.otlp()]
            return configuration
        }
    }

    /// A place where spans go.
    public struct SpanDestination: Sendable {
        enum Kind: Sendable {
            case console
            case jsonLines(path: String)
            case otlp(OTLPConfiguration)
            case custom(any SpanExporter, isBatched: Bool)
        }

        let kind: Kind
        /// The batches of this destination alone; `nil` is ``Configuration/batchProcessor``.
        var batches: BatchSpanProcessor.Configuration?
        var filePath: String? { if case .jsonLines(let path) = kind { path } else { nil } }
        /// Whether neither a variable nor a file can name the destination.
        var isOfCodeAlone: Bool { if case .custom = kind { true } else { false } }

        init(kind: Kind) { self.kind = kind }

        /// Standard output, a line a span, as soon as it ends: for people who look at a program at work, not for production.
        /// A thread of its own writes: what is printed meanwhile may come first, and shutting down writes what is left.
        public static let console = SpanDestination(kind: .console)

        /// A file of OTLP JSON lines, which is appended to or created. `/dev/stdout` is the program's standard output: its own
        /// prints and the lines stand beside each other.
        public static func jsonLines(path: String) -> SpanDestination { SpanDestination(kind: .jsonLines(path: path)) }

        /// An OTLP receiver such as a collector, in batches; a collector on this machine unless said.
        public static func otlp(_ configuration: OTLPConfiguration = .localTraces) -> SpanDestination {
            SpanDestination(kind: .otlp(configuration))
        }

        /// Memory, as soon as a span ends: for tests.
        public static func inMemory(_ exporter: InMemorySpanExporter) -> SpanDestination {
            SpanDestination(kind: .custom(exporter, isBatched: false))
        }

        /// An exporter of your own, behind a batch processor.
        public static func custom(_ exporter: any SpanExporter) -> SpanDestination {
            SpanDestination(kind: .custom(exporter, isBatched: true))
        }
    }

    /// A place where metrics go.
    public struct MetricDestination: Sendable {
        enum Kind: Sendable {
            case jsonLines(path: String, MetricTemporalityPreference = .cumulative)
            case otlp(OTLPConfiguration, MetricTemporalityPreference, HistogramAggregationPreference)
            case custom(any MetricExporter)
            case reader(any MetricReader)
        }

        /// The times of a periodic reader.
        struct Schedule: Sendable {
            var interval: Duration
            var timeout: Duration
        }

        let kind: Kind
        /// The times of this destination alone; `nil` is the configuration's `metricInterval` and `metricTimeout`.
        var schedule: Schedule?
        var filePath: String? { if case .jsonLines(let path, _) = kind { path } else { nil } }
        /// Whether neither a variable nor a file can name the destination.
        var isOfCodeAlone: Bool {
            switch kind {
            case .jsonLines, .otlp: false
            case .custom, .reader: true
            }
        }

        init(kind: Kind) { self.kind = kind }

        /// A file of OTLP JSON lines, which is appended to or created; it may be that of the spans.
        public static func jsonLines(path: String) -> MetricDestination {
            jsonLines(path: path, temporality: .cumulative)
        }

        static func jsonLines(path: String, temporality: MetricTemporalityPreference) -> MetricDestination {
            MetricDestination(kind: .jsonLines(path: path, temporality))
        }

        /// An OTLP receiver such as a collector; one on this machine unless said.
        public static func otlp(
            _ configuration: OTLPConfiguration = .localMetrics, temporality: MetricTemporalityPreference = .cumulative,
            histogramAggregation: HistogramAggregationPreference = .explicitBucketHistogram
        ) -> MetricDestination {
            MetricDestination(kind: .otlp(configuration, temporality, histogramAggregation))
        }

        /// An exporter of your own, behind a periodic reader.
        public static func custom(_ exporter: any MetricExporter) -> MetricDestination {
            MetricDestination(kind: .custom(exporter))
        }

        /// A reader of your own, such as ``InMemoryMetricReader``.
        public static func reader(_ reader: any MetricReader) -> MetricDestination {
            MetricDestination(kind: .reader(reader))
        }
    }
}

/// Of an OTLP receiver's address neither user-info nor query is shown.
extension Telemetry.SpanDestination: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .console: "console"
        case .jsonLines(let path): "jsonLines(\(path))"
        case .otlp(let configuration): "otlp(\(configuration.shownEndpoint))"
        case .custom(let exporter, _): "\(type(of: exporter))"
        }
    }
}

/// Of an OTLP receiver's address neither user-info nor query is shown.
extension Telemetry.MetricDestination: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .jsonLines(let path, _): "jsonLines(\(path))"
        case .otlp(let configuration, let temporality, _): "otlp(\(configuration.shownEndpoint), \(temporality))"
        case .custom(let exporter): "\(type(of: exporter))"
        case .reader(let reader): "\(type(of: reader))"
        }
    }
}
