import SpanlinkRuntime
import TracingCore

extension TelemetrySettings {
    /// The settings by the file at `path`, over those of code.
    ///
    /// - Throws: ``TelemetryError`` for the first mistake, with path and line.
    init(file path: String, environment: [String: String], over code: Telemetry.Configuration) throws {
        let file: ConfigurationFile
        do {
            file = try ConfigurationFile(Self.read(path), environment: environment)
        } catch let mistake as ConfigurationFileMistake {
            throw TelemetryError(
                code: .invalidConfigurationFile, message: "\(path):\(mistake.line): \(mistake.message)")
        }
        configuration = code
        configuration.apply(file)
        resource = file.resource.resource(over: code.resource, in: .current(environment: environment))
        configuration.logSink.info("The configuration file is used", metadata: [("path", path)])
    }

    /// The bytes of the file, at most one more than allowed.
    private static func read(_ path: String) throws(TelemetryError) -> [UInt8] {
        // A pipe without a writer would block here without the flag.
        let descriptor = SystemCall.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw cannotRead(path) }
        defer { SystemCall.close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= YAMLDocument.maxSize {
            let count = buffer.withUnsafeMutableBytes { SystemCall.read(descriptor, $0) }
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw cannotRead(path) }
            bytes += buffer[..<count]
        }
        return Array(bytes.prefix(YAMLDocument.maxSize + 1))
    }

    private static func cannotRead(_ path: String) -> TelemetryError {
        TelemetryError(
            code: .invalidConfigurationFile,
            message: "Cannot read \(path): \(String(cString: strerror(errno))). Let OTEL_CONFIG_FILE name a file that "
                + "may be read")
    }
}

extension Telemetry.Configuration {
    /// Replaces all that the schema has. Destinations that only code can name stay.
    fileprivate mutating func apply(_ file: ConfigurationFile) {
        isDisabled = file.isDisabled ?? isDisabled
        if let level = file.logLevel { logSink = LeveledLogSink.sink(logSink, level: level) }
        spanLimits = file.spanLimits
        sampler = file.tracerProvider.sampler
        propagator = file.propagator
        spanExporters = file.tracerProvider.spanExporters + spanExporters.filter(\.isOfCodeAlone)
        metricExporters = file.meterProvider.metricExporters + metricExporters.filter(\.isOfCodeAlone)
        views = file.meterProvider.views
        exemplarFilter = file.meterProvider.exemplarFilter
        cardinalityLimit = file.meterProvider.cardinalityLimit ?? cardinalityLimit
    }
}
