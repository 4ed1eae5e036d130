/// The status codes of gRPC, with the names that its documentation gives them.
enum GRPCStatus: Int, Sendable, CaseIterable {
    case ok, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated

    /// The name, such as `UNAVAILABLE`: the value of `rpc.response.status_code` and of `error.type`.
    var name: String { Self.names[rawValue] }

    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    /// The code of a response without `grpc-status`, which a proxy or another program has sent (gRPC, "HTTP to gRPC Status
    /// Code Mapping").
    init(httpStatus: Int) {
        switch httpStatus {
        case 400: self = .internal
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .unimplemented
        case 429, 502, 503, 504: self = .unavailable
        default: self = .unknown
        }
    }

    /// Whether another attempt may succeed (OTLP specification, "OTLP/gRPC", table of retryable codes).
    func isRetryable(hasRetryInfo: Bool) -> Bool {
        switch self {
        case .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss: true
        case .resourceExhausted: hasRetryInfo
        default: false
        }
    }

    /// A sentence that says what to do.
    var advice: String {
        switch self {
        case .unimplemented: "Check that the endpoint takes OTLP over gRPC"
        case .unauthenticated, .permissionDenied: "Check the headers"
        default: ""
        }
    }
}
