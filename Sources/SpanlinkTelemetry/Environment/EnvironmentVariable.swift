import SpanlinkRuntime
import TracingCore

/// One variable: its name, and what its value does to the settings.
///
/// Names and meanings are the specification's ("Environment Variable Specification"); `SPANLINK_…` are ours.
struct EnvironmentVariable: Sendable {
    let name: String
    /// Whether warnings repeat the value.
    let isShown: Bool
    /// Takes a value that is not empty; returns what is wrong with it, or `nil`.
    let read: @Sendable (String, inout EnvironmentSettings) -> String?

    init(
        _ name: String, isShown: Bool = true,
        _ read: @escaping @Sendable (String, inout EnvironmentSettings) -> String?
    ) {
        self.name = name
        self.isShown = isShown
        self.read = read
    }

    /// All variables there are, in the order in which they are read: what the warnings depend on first, general before
    /// specific limits.
    static let all: [EnvironmentVariable] = [
        .init("OTEL_LOG_LEVEL", readLogLevel),
        .init("OTEL_SDK_DISABLED", readDisabled),
        // Some keep keys and tokens there.
        .init("OTEL_RESOURCE_ATTRIBUTES", isShown: false, readResourceAttributes),
        .init("OTEL_SERVICE_NAME") { value, settings in
            settings.resource.attributes["service.name"] = .string(value)
            return nil
        },
        .init("OTEL_PROPAGATORS", readPropagators),
        // Our conventions are the newest ones in any case.
        .init("OTEL_SEMCONV_STABILITY_OPT_IN") { _, _ in nil },

        .init("OTEL_TRACES_SAMPLER") { value, settings in
            let argument = settings["OTEL_TRACES_SAMPLER_ARG"]
            switch SamplerName.sampler(named: value, argument: argument) {
            case .sampler(let sampler): settings.configuration.sampler = sampler
            case .unsupported: return "this sampler is not supported"
            case .unknown: return "there is no sampler of that name"
            case .badArgument(let sampler):
                settings.configuration.sampler = sampler
                settings.warn("OTEL_TRACES_SAMPLER_ARG", argument ?? "", "it must be a number from 0 to 1")
            }
            return nil
        },
        .init("OTEL_TRACES_EXPORTER", readSpanExporters),
        .init("OTEL_METRICS_EXPORTER", readMetricExporters),
        .init("OTEL_METRICS_EXEMPLAR_FILTER") { value, settings in
            guard let filter = ExemplarFilter(rawValue: value.lowercased()) else {
                return "it must be always_on, always_off or trace_based"
            }
            settings.configuration.exemplarFilter = filter
            return nil
        },
        milliseconds("OTEL_METRIC_EXPORT_INTERVAL", atLeast: 1, \.metricInterval),
        milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", atLeast: 0, zeroMeans: .unlimited, \.metricTimeout),

        milliseconds("OTEL_BSP_SCHEDULE_DELAY", atLeast: 0, \.batchProcessor.scheduleDelay),
        milliseconds("OTEL_BSP_EXPORT_TIMEOUT", atLeast: 0, zeroMeans: .unlimited, \.batchProcessor.exportTimeout),
        integer("OTEL_BSP_MAX_QUEUE_SIZE", atLeast: 1, \.batchProcessor.maxQueueSize),
        integer("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", atLeast: 1, \.batchProcessor.maxExportBatchSize),

        // The specific variables come later and win.
        .init("OTEL_ATTRIBUTE_COUNT_LIMIT") { value, settings in
            guard let number = Int(value), number >= 0 else { return "it must be an integer from 0 on" }
            settings.configuration.spanLimits.attributeCount = number
            settings.configuration.spanLimits.attributesPerEvent = number
            settings.configuration.spanLimits.attributesPerLink = number
            return nil
        },
        integer("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", atLeast: 0, \.spanLimits.attributeCount),
        valueLength("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
        valueLength("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
        integer("OTEL_SPAN_EVENT_COUNT_LIMIT", atLeast: 0, \.spanLimits.eventCount),
        integer("OTEL_SPAN_LINK_COUNT_LIMIT", atLeast: 0, \.spanLimits.linkCount),
        integer("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", atLeast: 0, \.spanLimits.attributesPerEvent),
        integer("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", atLeast: 0, \.spanLimits.attributesPerLink),
    ]

    // MARK: Numbers

    private typealias Path<Value> = any WritableKeyPath<Telemetry.Configuration, Value> & Sendable

    private static func integer(_ name: String, atLeast least: Int, _ path: Path<Int>) -> EnvironmentVariable {
        EnvironmentVariable(name) { value, settings in
            guard let number = Int(value), number >= least else { return "it must be an integer from \(least) on" }
            settings.configuration[keyPath: path] = number
            return nil
        }
    }

    private static func valueLength(_ name: String) -> EnvironmentVariable {
        EnvironmentVariable(name) { value, settings in
            guard let number = Int(value), number >= 0 else { return "it must be an integer from 0 on" }
            settings.configuration.spanLimits.attributeValueLength = number
            return nil
        }
    }

    /// As long as ``Duration/unlimited``: nobody means more, and sums with it do not overflow.
    private static let longest = 1_000_000_000_000

    private static func milliseconds(
        _ name: String, atLeast least: Int, zeroMeans zero: Duration = .zero, _ path: Path<Duration>
    ) -> EnvironmentVariable {
        EnvironmentVariable(name) { value, settings in
            guard let number = Int(value), (least...longest).contains(number) else {
                return "it must be an integer of milliseconds from \(least) on"
            }
            settings.configuration[keyPath: path] = number == 0 ? zero : .milliseconds(number)
            return nil
        }
    }
}
