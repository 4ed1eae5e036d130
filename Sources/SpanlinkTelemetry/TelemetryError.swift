/// An error of start-up: a mistake in the configuration by code or in the file that `OTEL_CONFIG_FILE` names. A mistake in
/// another variable is a warning.
public struct TelemetryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of mistake.
    public struct Code: Sendable, Hashable {
        private enum Value: Sendable, Hashable {
            case invalidConfiguration
            case cannotOpenFile
            case invalidConfigurationFile
        }

        private let value: Value

        /// A value of the configuration makes no sense.
        public static let invalidConfiguration = Code(value: .invalidConfiguration)
        /// A file for telemetry cannot be opened for writing.
        public static let cannotOpenFile = Code(value: .cannotOpenFile)
        /// The file that `OTEL_CONFIG_FILE` names cannot be read, or has a mistake. The message begins with path and line, and
        /// contains no value of the file or of a variable.
        public static let invalidConfigurationFile = Code(value: .invalidConfigurationFile)
    }

    /// The kind of mistake.
    public let code: Code
    /// What is wrong and what to do.
    public let message: String

    public var description: String { message }
}
