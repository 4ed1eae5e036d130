internal import TracingCore

/// How an operation failed: what a span and its metrics say of it (conventions, "Recording errors").
public struct OperationFailure: Sendable, Hashable {
    /// `error.type`: of low cardinality, such as a broker's name of the error.
    public var errorType: String
    /// What happened, for people; it does not repeat ``errorType``.
    public var description: String

    /// A failure with a name and a description.
    public init(errorType: String, description: String) {
        self.errorType = errorType
        self.description = description
    }

    /// What a thrown error says: its own name for telemetry where it has one, else its type.
    public init(_ error: any Error) {
        if let named = error as? any ErrorTypeProviding {
            self.init(errorType: named.errorType, description: named.telemetryDescription)
        } else {
            self.init(errorType: String(reflecting: type(of: error)), description: String(describing: error))
        }
    }
}

/// An error that knows what telemetry should call it.
public protocol ErrorTypeProviding: Error {
    /// `error.type`: of low cardinality.
    var errorType: String { get }
    /// What happened, for people, without ``errorType`` and without secrets.
    var telemetryDescription: String { get }
}
