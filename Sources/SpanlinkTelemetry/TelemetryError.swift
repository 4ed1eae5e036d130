/// What kept telemetry from starting: a mistake in the configuration that code gave. What the environment says never throws.
public struct TelemetryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of mistake.
    public struct Code: Sendable, Hashable {
        private enum Value: Sendable, Hashable {
            case invalidConfiguration
            case cannotOpenFile
        }

        private let value: Value

        /// A value of the configuration makes no sense.
        public static let invalidConfiguration = Code(value: .invalidConfiguration)
        /// A file for telemetry cannot be opened for writing.
        public static let cannotOpenFile = Code(value: .cannotOpenFile)
    }

    /// The kind of mistake.
    public let code: Code
    /// What is wrong and what to do.
    public let message: String

    public var description: String { message }
}
