import TracingCore

/// The names of exporters, for spans and metrics alike:
///
/// | name | spans | metrics |
/// |---|---|---|
/// | `otlp` | OTLP over HTTP, by `OTEL_EXPORTER_OTLP_…` | the same |
/// | `none` | nothing is exported | nothing is exported |
/// | `console` | lines for people on standard output | as `otlp/stdout` |
/// | `otlp/stdout` | OTLP JSON lines on standard output | the same |
/// | `otlp_file` (also `otlp_file/development`) | OTLP JSON lines in the file `SPANLINK_SPANS_FILE` | `SPANLINK_METRICS_FILE` |
///
/// Several may be named, with commas between them. `none` beside others has no effect.
extension EnvironmentVariable {
    private static let standardOutput = "/dev/stdout"

    static func readSpanExporters(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        read(value, &settings, fileVariable: "SPANLINK_SPANS_FILE", into: \.spanExporters) { name, path in
            if name == "otlp" { return .otlp() }
            return name == "console" ? .console : path.map { .jsonLines(path: $0) }
        }
    }

    static func readMetricExporters(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        read(value, &settings, fileVariable: "SPANLINK_METRICS_FILE", into: \.metricExporters) { name, path in
            name == "otlp" ? .otlp() : path.map { .jsonLines(path: $0) }
        }
    }

    /// Problems of one name do not keep others from being used; when none is left, what code said stays.
    private static func read<Destination>(
        _ value: String, _ settings: inout EnvironmentSettings, fileVariable: String,
        into destinations: WritableKeyPath<Telemetry.Configuration, [Destination]>,
        _ destination: (_ name: String, _ path: String?) -> Destination?
    ) -> String? {
        var found: [Destination] = []
        var problems: [String] = []
        var isNone = false
        for name in names(value) {
            var path: String?
            switch name {
            case "none":
                isNone = true
                continue
            case "console", "otlp/stdout": path = standardOutput
            case "otlp_file", "otlp_file/development": path = settings[fileVariable]
            case "otlp": break
            default: problems.append("there is no exporter \(name)")
            }
            if name.hasPrefix("otlp_file") && path == nil { problems.append("\(name) needs \(fileVariable)") }
            if let path { settings.paths.insert(path) }
            if let destination = destination(name, path) { found.append(destination) }
        }
        if !found.isEmpty || isNone { settings.configuration[keyPath: destinations] = found }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// The names in a list, in lower case, each once.
    private static func names(_ list: String) -> [String] {
        var names: [String] = []
        for part in list.split(separator: ",") {
            let name = part.trimmingBlanks.lowercased()
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        return names
    }
}
