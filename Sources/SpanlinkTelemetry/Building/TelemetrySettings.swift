import TracingCore

/// The settings in effect at start-up: those of code, and over them those of a file or of the environment.
struct TelemetrySettings {
    var configuration: Telemetry.Configuration
    /// The whole resource.
    var resource: Resource
    /// The paths of telemetry files that the environment named: one that cannot be opened is only logged.
    var pathsFromEnvironment: Set<String> = []

    /// Reads the file that `OTEL_CONFIG_FILE` names, otherwise the other variables.
    ///
    /// - Throws: ``TelemetryError`` for a mistake in the file.
    static func read(
        _ environment: [String: String], over code: Telemetry.Configuration
    ) throws -> TelemetrySettings {
        let path = environment["OTEL_CONFIG_FILE"]?.trimmingBlanks ?? ""
        guard path.isEmpty else { return try TelemetrySettings(file: path, environment: environment, over: code) }
        let settings = EnvironmentSettings(reading: environment, over: code)
        return TelemetrySettings(
            configuration: settings.configuration,
            resource: Resource.detected(
                by: settings.configuration.resourceDetectors, in: .current(environment: environment)
            ).merging(settings.configuration.resource).merging(settings.resource),
            pathsFromEnvironment: settings.paths)
    }

    private init(configuration: Telemetry.Configuration, resource: Resource, pathsFromEnvironment: Set<String>) {
        self.configuration = configuration
        self.resource = resource
        self.pathsFromEnvironment = pathsFromEnvironment
    }
}
