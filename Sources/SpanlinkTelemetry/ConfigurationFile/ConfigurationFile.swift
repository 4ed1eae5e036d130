import TracingCore

/// A configuration file of file_format "1.0" (opentelemetry-configuration 1.0.0), decoded. Pure: reading the file is
/// ``TelemetrySettings``' work.
struct ConfigurationFile {
    typealias Mistake = ConfigurationFileMistake

    var isDisabled: Bool?
    var logLevel: LogLevel?
    var resource = FileResource()
    var spanLimits = SpanLimits()
    var tracerProvider = FileTracerProvider()
    var meterProvider = FileMeterProvider()
    /// Without the section no context is carried.
    var propagator = TextMapPropagator([])

    /// Decodes the text of a file. Variables in it are those of `environment`.
    init(_ text: [UInt8], environment: [String: String]) throws(Mistake) {
        let tree = try YAMLDocument.parse(text)
        let root = FileValue(
            node: try EnvironmentSubstitution(environment: environment).apply(to: tree), path: FileMapping.rootPath)
        try Self.checkFormat(root)
        let mapping = try root.mapping(.root)
        isDisabled = try mapping.bool("disabled")
        logLevel = try mapping.choice("log_level", Self.logLevels)
        if let value = mapping["resource"] { resource = try FileResource(value, environment) }
        if let value = mapping["attribute_limits"] { try spanLimits.read(attributeLimits: value) }
        if let value = mapping["propagator"] { propagator = try TextMapPropagator(value) }
        if let value = mapping["tracer_provider"] {
            tracerProvider = try FileTracerProvider(value, limits: &spanLimits)
        }
        if let value = mapping["meter_provider"] { meterProvider = try FileMeterProvider(value) }
    }

    /// Keys of another format may be unknown here, so the format is read first.
    private static func checkFormat(_ root: FileValue) throws(Mistake) {
        guard case .mapping(let entries) = root.node.content else { throw root.wrongType("a mapping") }
        guard let format = entries.first(where: { $0.key == "file_format" }) else {
            throw root.mistake("needs the key \"file_format\". Write file_format: \"1.0\"")
        }
        let value = FileValue(node: format.value, path: "file_format")
        guard case .string(let text) = value.scalar else { throw value.wrongType("the string \"1.0\"") }
        guard text == "1.0" else { throw value.mistake("must be \"1.0\": no other format is supported") }
    }

    /// The names of SeverityNumber. Levels that do not exist here are rounded down, `info2` and up to `notice`.
    private static var logLevels: [(name: String, value: LogLevel)] {
        let levels: [(String, LogLevel, LogLevel)] = [
            ("trace", .trace, .trace), ("debug", .debug, .debug), ("info", .info, .notice),
            ("warn", .warning, .warning), ("error", .error, .error), ("fatal", .critical, .critical),
        ]
        return levels.flatMap { name, first, others in
            [(name, first)] + (2...4).map { ("\(name)\($0)", others) }
        }
    }
}
