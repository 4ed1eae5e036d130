import CLibcurl

/// What came of a request.
enum HTTPResult: Sendable, Equatable {
    /// The server answered, whatever it said.
    case response(HTTPResponse)
    /// There is no answer, or not one that was read to its end.
    case failed(HTTPFailure)
}

/// The parts of a response that the exporter reads.
struct HTTPResponse: Sendable, Equatable {
    /// The header fields that are kept, by their lower-case names.
    enum Field: String, Sendable {
        case contentType = "content-type"
        case retryAfter = "retry-after"
        case grpcStatus = "grpc-status"
        case grpcMessage = "grpc-message"
        case grpcStatusDetails = "grpc-status-details-bin"
        case grpcEncoding = "grpc-encoding"
    }

    var status: Int
    var fields: [Field: String] = [:]
    var body: [UInt8] = []

    /// The value of a field, without blanks around it.
    subscript(field: Field) -> String? { fields[field] }
}

/// The reason for a missing response.
struct HTTPFailure: Sendable, Equatable {
    /// A word for metrics (`error.type`).
    var type: String
    /// For people.
    var message: String
    /// Whether the connection could not be made or was lost, so that another attempt may succeed.
    var isConnectionFailure = false
    /// A sentence that says what to do.
    var advice = ""

    /// The deadline passed before an answer came.
    static let timeout = HTTPFailure(type: "timeout", message: "no answer in time")
    /// The answer is larger than the configuration allows.
    static let responseTooLarge = HTTPFailure(type: "response_too_large", message: "the answer is too large")
    /// libcurl itself failed.
    static let internalError = HTTPFailure(type: "internal", message: "libcurl cannot make the request")
}

extension HTTPFailure {
    /// The type if the server ended a stream of HTTP/2 early. It may have given a reason that libcurl did not report.
    static let streamResetType = "stream_reset"

    /// Advice for an endpoint that does not answer as a gRPC server does.
    static let noGRPCAdvice =
        "Check that the endpoint takes OTLP over gRPC (port 4317), or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf and "
        + "use port 4318"
    /// Advice for an endpoint that does not answer in HTTP/1.1.
    static let noHTTPAdvice =
        "The endpoint may take OTLP over gRPC: use port 4318 for http/protobuf, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc"

    /// The failure of a request in that form of HTTP.
    init(_ code: CURLcode, isGRPC: Bool) {
        self.init(code)
        switch (type, isGRPC) {
        case ("not_http", false): advice = Self.noHTTPAdvice
        // A server that speaks HTTP/1.1 alone closes the connection.
        case ("connection_lost", true), ("not_http", true): advice = Self.noGRPCAdvice
        default: break
        }
    }

    /// The meaning of a libcurl error. Errors of certificates are not the connection's: they come again each time.
    init(_ code: CURLcode) {
        let message = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self.init(type: "name_resolution", message: message, isConnectionFailure: true)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_SSL_CONNECT_ERROR, CURLE_OPERATION_TIMEDOUT:
            self.init(type: "connection_failed", message: message, isConnectionFailure: true)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2:
            self.init(type: "connection_lost", message: message, isConnectionFailure: true)
        case CURLE_HTTP2_STREAM: self.init(type: Self.streamResetType, message: message, isConnectionFailure: true)
        // libcurl's name for an answer that does not begin as one of HTTP, such as a frame of HTTP/2.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            self.init(type: "not_http", message: "the answer is not HTTP/1.1")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self.init(type: "tls", message: message)
        default: self.init(type: "http_client", message: message)
        }
    }
}
