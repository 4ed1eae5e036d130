/// A kind of mapping in the schema (opentelemetry-configuration 1.0.0): its keys, and those that the SDK has no part for.
///
/// `Documentation/Configuration.md` shows the same table; a test compares both.
struct FileSection: Sendable {
    let name: String
    let keys: [String]
    let unsupported: [String]
    /// Whether `null` stands for an empty mapping, as in `always_on:`.
    let isNullable: Bool

    private init(_ name: String, _ keys: [String], unsupported: [String] = [], isNullable: Bool = false) {
        self.name = name
        self.keys = keys
        self.unsupported = unsupported
        self.isNullable = isNullable
    }

    static let root = FileSection(
        "file",
        [
            "file_format", "disabled", "log_level", "resource", "attribute_limits", "propagator", "tracer_provider",
            "meter_provider",
        ], unsupported: ["logger_provider", "instrumentation/development", "distribution"])
    /// A component without settings, such as `always_on`.
    static let empty = FileSection("component without settings", [], isNullable: true)

    static let resource = FileSection(
        "resource", ["attributes", "attributes_list", "schema_url", "detection/development"])
    static let resourceAttribute = FileSection("resource attribute", ["name", "value", "type"])
    static let detection = FileSection("resource detection", ["attributes", "detectors"])
    static let detector = FileSection("resource detector", ["service", "host", "process", "container"])
    static let patterns = FileSection("patterns", ["included", "excluded"])

    static let propagator = FileSection("propagator", ["composite", "composite_list"])
    static let propagatorFormat = FileSection(
        "propagator format", ["tracecontext", "baggage"], unsupported: ["b3", "b3multi", "xray", "jaeger", "ottrace"])

    static let attributeLimits = FileSection(
        "attribute limits", ["attribute_value_length_limit", "attribute_count_limit"])
    static let spanLimits = FileSection(
        "span limits",
        [
            "attribute_value_length_limit", "attribute_count_limit", "event_count_limit", "link_count_limit",
            "event_attribute_count_limit", "link_attribute_count_limit",
        ])

    static let tracerProvider = FileSection(
        "tracer provider", ["processors", "limits", "sampler"], unsupported: ["tracer_configurator/development"])
    static let spanProcessor = FileSection("span processor", ["batch", "simple"])
    static let batchProcessor = FileSection(
        "batch processor",
        ["schedule_delay", "export_timeout", "max_queue_size", "max_export_batch_size", "exporter"])
    static let simpleProcessor = FileSection("simple processor", ["exporter"])
    static let sampler = FileSection(
        "sampler",
        ["always_on", "always_off", "trace_id_ratio_based", "probability/development", "parent_based"],
        unsupported: ["composite/development", "jaeger_remote/development"])
    static let ratio = FileSection("sampler ratio", ["ratio"], isNullable: true)
    static let parentBased = FileSection(
        "parent-based sampler",
        [
            "root", "remote_parent_sampled", "remote_parent_not_sampled", "local_parent_sampled",
            "local_parent_not_sampled",
        ], isNullable: true)

    static let exporter = FileSection(
        "exporter", ["otlp_http", "otlp_grpc", "otlp_file/development", "console"], unsupported: ["zipkin"])
    private static let otlpKeys = ["endpoint", "tls", "headers", "headers_list", "compression", "timeout"]
    private static let metricKeys = ["temporality_preference", "default_histogram_aggregation"]
    static let otlpHTTP = FileSection("otlp_http", otlpKeys + ["encoding"], isNullable: true)
    static let otlpGRPC = FileSection("otlp_grpc", otlpKeys, isNullable: true)
    static let otlpFile = FileSection("otlp_file/development", ["output_stream"], isNullable: true)
    static let metricOTLPHTTP = FileSection(
        "otlp_http for metrics", otlpKeys + ["encoding"] + metricKeys, isNullable: true)
    static let metricOTLPGRPC = FileSection("otlp_grpc for metrics", otlpKeys + metricKeys, isNullable: true)
    static let metricOTLPFile = FileSection(
        "otlp_file/development for metrics", ["output_stream"] + metricKeys, isNullable: true)
    static let metricConsole = FileSection("console for metrics", metricKeys, isNullable: true)
    static let httpTLS = FileSection("tls of otlp_http", ["ca_file", "cert_file", "key_file"], isNullable: true)
    static let grpcTLS = FileSection(
        "tls of otlp_grpc", ["ca_file", "cert_file", "key_file", "insecure"], isNullable: true)
    static let header = FileSection("header", ["name", "value"])

    static let meterProvider = FileSection(
        "meter provider", ["readers", "views", "exemplar_filter"], unsupported: ["meter_configurator/development"])
    static let metricReader = FileSection("metric reader", ["periodic"], unsupported: ["pull"])
    static let periodicReader = FileSection(
        "periodic reader", ["interval", "timeout", "exporter", "cardinality_limits"], unsupported: ["producers"])
    static let cardinalityLimits = FileSection(
        "cardinality limits", ["default"],
        unsupported: [
            "counter", "gauge", "histogram", "observable_counter", "observable_gauge", "observable_up_down_counter",
            "up_down_counter",
        ])

    static let view = FileSection("view", ["selector", "stream"])
    static let viewSelector = FileSection(
        "view selector",
        ["instrument_name", "instrument_type", "unit", "meter_name", "meter_version", "meter_schema_url"])
    static let viewStream = FileSection(
        "view stream", ["name", "description", "aggregation", "aggregation_cardinality_limit", "attribute_keys"])
    static let aggregation = FileSection(
        "aggregation",
        [
            "default", "drop", "explicit_bucket_histogram", "base2_exponential_bucket_histogram", "last_value", "sum",
        ])
    static let explicitBuckets = FileSection(
        "explicit_bucket_histogram", ["boundaries", "record_min_max"], isNullable: true)
    static let exponentialBuckets = FileSection(
        "base2_exponential_bucket_histogram", ["max_scale", "max_size", "record_min_max"], isNullable: true)

    static let all: [FileSection] = [
        root, empty, resource, resourceAttribute, detection, detector, patterns, propagator, propagatorFormat,
        attributeLimits, tracerProvider, spanProcessor, batchProcessor, simpleProcessor, spanLimits, sampler, ratio,
        parentBased, exporter, otlpHTTP, otlpGRPC, otlpFile, metricOTLPHTTP, metricOTLPGRPC, metricOTLPFile,
        metricConsole, httpTLS, grpcTLS, header, meterProvider, metricReader, periodicReader, cardinalityLimits, view,
        viewSelector, viewStream, aggregation, explicitBuckets, exponentialBuckets,
    ]
}
