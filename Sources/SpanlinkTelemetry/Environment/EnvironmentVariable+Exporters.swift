import TracingCore

/// The names of exporters, for spans and metrics alike:
///
/// | name | spans | metrics |
/// |---|---|---|
/// | `otlp` | OTLP over HTTP or gRPC, by `OTEL_EXPORTER_OTLP_…` | the same |
/// | `none` | nothing is exported | nothing is exported |
/// | `console` | lines for people on standard output | as `otlp/stdout` |
/// | `otlp/stdout` | OTLP JSON lines on standard output | the same |
/// | `otlp_file` (also `otlp_file/development`) | OTLP JSON lines in the file `SPANLINK_SPANS_FILE` | `SPANLINK_METRICS_FILE` |
///
/// Several may be named, with commas between them. `none` beside others has no effect. What is not named is off; of what is
/// named code's own destinations stay as they are (`otlp` with their endpoint and headers, `otlp_file` with their path), and
/// only where code has none of that kind one is made. What has no name here (`.custom`, `.inMemory`, `.reader`) cannot be
/// named and stays; `none` alone takes it away with a warning.
extension EnvironmentVariable {
    private static let standardOutput = "/dev/stdout"

    /// The names of variables of one signal.
    private struct Variables {
        let exporters: String
        let file: String
    }

    static func readSpanExporters(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        let variables = Variables(exporters: "OTEL_TRACES_EXPORTER", file: "SPANLINK_SPANS_FILE")
        return read(value, &settings, variables, of: \.spanExporters) { name, path, code in
            switch name {
            case "console": [.console]
            case "otlp": code.filter { if case .otlp = $0.kind { true } else { false } }.or(.otlp())
            default: path.map { [.jsonLines(path: $0)] } ?? code.filter { $0.filePath != nil }
            }
        } hasName: { destination in
            if case .custom = destination.kind { false } else { true }
        }
    }

    static func readMetricExporters(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        let variables = Variables(exporters: "OTEL_METRICS_EXPORTER", file: "SPANLINK_METRICS_FILE")
        return read(value, &settings, variables, of: \.metricExporters) { name, path, code in
            switch name {
            case "otlp": code.filter { if case .otlp = $0.kind { true } else { false } }.or(.otlp())
            default: path.map { [.jsonLines(path: $0)] } ?? code.filter { $0.filePath != nil }
            }
        } hasName: { destination in
            switch destination.kind {
            case .jsonLines, .otlp: true
            case .custom, .reader: false
            }
        }
    }

    /// Problems of one name do not keep others from being used; when none is left, what code said stays.
    private static func read<Destination>(
        _ value: String, _ settings: inout EnvironmentSettings, _ variables: Variables,
        of destinations: WritableKeyPath<Telemetry.Configuration, [Destination]>,
        _ named: (_ name: String, _ path: String?, _ code: [Destination]) -> [Destination],
        hasName: (Destination) -> Bool
    ) -> String? {
        let code = settings.configuration[keyPath: destinations]
        let unnamed = code.filter { !hasName($0) }
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
            case "otlp_file": path = settings[variables.file]
            case "otlp": break
            default:
                problems.append("there is no exporter \(name)")
                continue
            }
            let destinations = named(name, path, code)
            if let path { settings.paths.insert(path) }
            if destinations.isEmpty { problems.append("\(name) needs \(variables.file)") }
            found += destinations
        }
        if !found.isEmpty {
            settings.configuration[keyPath: destinations] = found + unnamed
        } else if isNone {
            settings.configuration[keyPath: destinations] = []
            if !unnamed.isEmpty {
                settings.configuration.logSink.warning(
                    "an environment variable turns off destinations that only code can name",
                    metadata: [("variable", variables.exporters), ("destinations", "\(unnamed)")])
            }
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// The names in a list, in lower case, each once, whichever of its forms it has.
    private static func names(_ list: String) -> [String] {
        var names: [String] = []
        for part in list.split(separator: ",") {
            var name = part.trimmingBlanks.lowercased()
            if name == "otlp_file/development" { name = "otlp_file" }
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension Array {
    fileprivate func or(_ element: Element) -> [Element] { isEmpty ? [element] : self }
}
