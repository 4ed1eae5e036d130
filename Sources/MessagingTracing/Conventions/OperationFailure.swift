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

    /// A thrown error by its own name for telemetry if it has one, otherwise by its type.
    ///
    /// - Parameter fullText: whether the description of an error without a name for telemetry is its whole text, which may
    ///   hold a payload; default: the name of its type.
    public init(_ error: any Error, fullText: Bool = false) {
        if let named = error as? any ErrorTypeProviding {
            self.init(errorType: named.errorType, description: named.telemetryDescription)
        } else {
            let type = ErrorTypeName.of(error)
            self.init(errorType: type, description: fullText ? String(describing: error) : type)
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
