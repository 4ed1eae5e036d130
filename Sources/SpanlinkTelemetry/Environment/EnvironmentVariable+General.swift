import OTLPExporter
import TracingCore

extension EnvironmentVariable {
    static func readDisabled(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        // Whatever is not "true" is false ("Boolean value").
        settings.configuration.isDisabled = value.lowercased() == "true"
        return ["true", "false"].contains(value.lowercased()) ? nil : "it must be true or false, and counts as false"
    }

    static func readLogLevel(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        let levels: [String: LogLevel] = [
            "trace": .trace, "debug": .debug, "info": .info, "notice": .notice, "warn": .warning, "warning": .warning,
            "error": .error, "critical": .critical, "fatal": .critical,
        ]
        if ["none", "off"].contains(value.lowercased()) {
            settings.configuration.logSink = NoLogSink()
            return nil
        }
        guard let level = levels[value.lowercased()] else {
            return "it must be one of trace, debug, info, notice, warn, error, fatal, none"
        }
        settings.configuration.logSink = LeveledLogSink.sink(settings.configuration.logSink, level: level)
        return nil
    }

    static func readPropagators(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        var unknown: [String] = []
        let propagator = TextMapPropagator(parsing: value, unknown: &unknown)
        let known = value.split(separator: ",").filter { !$0.trimmingBlanks.isEmpty }.count - unknown.count
        if known > 0 { settings.configuration.propagator = propagator }
        return unknown.isEmpty ? nil : "not supported: \(unknown.joined(separator: ", "))"
    }

    /// `key=value,key=value`, both percent-encoded. One mistake, and all of it is discarded (resource SDK, "Specifying
    /// resource information via an environment variable").
    static func readResourceAttributes(_ value: String, _ settings: inout EnvironmentSettings) -> String? {
        let (attributes, problem) = resourceAttributes(value)
        settings.resource.attributes.merge(attributes)
        return problem
    }

    /// The attributes of a list, none if it has a problem.
    static func resourceAttributes(_ value: String) -> (attributes: Attributes, problem: String?) {
        var attributes: Attributes = [:]
        for (index, member) in value.split(separator: ",").enumerated() where !member.trimmingBlanks.isEmpty {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let rule = "it must be key=value pairs with commas between them, percent-encoded"
            guard parts.count == 2, let key = PercentEncoding.decoded(parts[0].trimmingBlanks), !key.isEmpty
            else { return ([:], "\(rule); member \(index + 1) is not") }
            guard let text = PercentEncoding.decoded(parts[1].trimmingBlanks)
            else { return ([:], "\(rule); the value of \(key) is not") }
            attributes[key] = .string(text)
        }
        return (attributes, nil)
    }
}

/// A sink that takes less, or that asks for more, than the one behind it.
struct LeveledLogSink: LogSink {
    let level: LogLevel
    private let base: any LogSink

    /// `sink` with another least level.
    static func sink(_ sink: any LogSink, level: LogLevel) -> any LogSink {
        sink is StandardErrorLogSink ? StandardErrorLogSink(level: level) : LeveledLogSink(level: level, base: sink)
    }

    private init(level: LogLevel, base: any LogSink) {
        self.level = level
        self.base = base
    }

    func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {
        if level >= self.level { base.log(level, message, metadata: metadata) }
    }
}
