import OTLPExporter
import SpanlinkRuntime
import TracingCore

/// The section `meter_provider`.
struct FileMeterProvider {
    typealias Mistake = ConfigurationFileMistake

    var metricExporters: [Telemetry.MetricDestination] = []
    /// The limit of all readers, `nil` for the default.
    var cardinalityLimit: Int?
    var views: [MetricView] = []
    var exemplarFilter = ExemplarFilter.traceBased

    init() {}

    init(_ value: FileValue) throws(Mistake) {
        let mapping = try value.mapping(.meterProvider)
        _ = try mapping.required("readers")
        for (index, element) in try mapping.elements("readers").enumerated() {
            let settings = try element.component(.metricReader).settings
            let reader = try settings.mapping(.periodicReader)
            let limit = try reader["cardinality_limits"]?.mapping(.cardinalityLimits).integer("default", atLeast: 1)
            if index > 0, limit != cardinalityLimit {
                throw (reader["cardinality_limits"] ?? settings).mistake("must be the same for all readers")
            }
            cardinalityLimit = limit
            var destination = try Self.exporter(reader.required("exporter"))
            destination.schedule = .init(
                interval: try reader.milliseconds("interval", atLeast: 1) ?? .seconds(60),
                timeout: try reader.milliseconds("timeout", atLeast: 0, zeroMeans: .unlimited) ?? .seconds(30))
            metricExporters.append(destination)
        }
        for element in try mapping.elements("views") { views.append(try MetricView(element)) }
        let filters = ExemplarFilter.allCases.map { (name: $0.rawValue, value: $0) }
        exemplarFilter = try mapping.choice("exemplar_filter", filters) ?? exemplarFilter
    }

    /// The console takes JSON lines: there is no form for people.
    private static func exporter(_ value: FileValue) throws(Mistake) -> Telemetry.MetricDestination {
        let (name, settings) = try value.component(.exporter)
        let isGRPC = name == "otlp_grpc"
        switch name {
        case "otlp_http", "otlp_grpc":
            let mapping = try settings.mapping(isGRPC ? .metricOTLPGRPC : .metricOTLPHTTP)
            let configuration = try OTLPConfiguration(settings, mapping, .metrics, isGRPC: isGRPC)
            let aggregations = HistogramAggregationPreference.allCases.map { (name: $0.rawValue, value: $0) }
            return .otlp(
                configuration, temporality: try temporality(mapping),
                histogramAggregation: try mapping.choice("default_histogram_aggregation", aggregations)
                    ?? .explicitBucketHistogram)
        case "console":
            let mapping = try settings.mapping(.metricConsole)
            try checkAggregation(mapping)
            return .jsonLines(path: "/dev/stdout", temporality: try temporality(mapping))
        default:
            let mapping = try settings.mapping(.metricOTLPFile)
            try checkAggregation(mapping)
            return .jsonLines(path: try mapping.outputPath(), temporality: try temporality(mapping))
        }
    }

    /// JSON lines have one aggregation of histograms.
    private static func checkAggregation(_ mapping: FileMapping) throws(Mistake) {
        if let value = mapping.notNull("default_histogram_aggregation"),
            try value.string() != "explicit_bucket_histogram"
        {
            throw value.mistake("must be explicit_bucket_histogram: JSON lines support no other aggregation")
        }
    }

    private static func temporality(_ mapping: FileMapping) throws(Mistake) -> MetricTemporalityPreference {
        let preferences: [(name: String, value: MetricTemporalityPreference)] = [
            ("cumulative", .cumulative), ("delta", .delta), ("low_memory", .lowMemory),
        ]
        return try mapping.choice("temporality_preference", preferences) ?? .cumulative
    }
}
