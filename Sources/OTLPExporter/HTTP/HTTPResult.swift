import CLibcurl

/// What came of a request.
enum HTTPResult: Sendable, Equatable {
    /// The server answered, whatever it said.
    case response(HTTPResponse)
    /// There is no answer, or not one that was read to its end.
    case failed(HTTPFailure)
}

/// A response as far as the exporter looks at it.
struct HTTPResponse: Sendable, Equatable {
    var status: Int
    /// The value of `Retry-After`.
    var retryAfter: String?
    var body: [UInt8] = []
}

/// Why there is no response.
struct HTTPFailure: Sendable, Equatable {
    /// A word for metrics (`error.type`).
    var type: String
    /// For people.
    var message: String
    /// Whether the connection could not be made or was lost, so that another attempt may succeed.
    var isConnectionFailure = false

    /// The time was over before an answer was there.
    static let timeout = HTTPFailure(type: "timeout", message: "no answer in time")
    /// The answer is larger than the configuration allows.
    static let responseTooLarge = HTTPFailure(type: "response_too_large", message: "the answer is too large")
    /// libcurl itself failed.
    static let internalError = HTTPFailure(type: "internal", message: "libcurl cannot make the request")

    init(type: String, message: String, isConnectionFailure: Bool = false) {
        self.type = type
        self.message = message
        self.isConnectionFailure = isConnectionFailure
    }

    /// What a libcurl error means. Errors of certificates are not the connection's: they come again each time.
    init(_ code: CURLcode) {
        let message = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self.init(type: "name_resolution", message: message, isConnectionFailure: true)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_SSL_CONNECT_ERROR, CURLE_OPERATION_TIMEDOUT:
            self.init(type: "connection_failed", message: message, isConnectionFailure: true)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            self.init(type: "connection_lost", message: message, isConnectionFailure: true)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self.init(type: "tls", message: message)
        default: self.init(type: "http_client", message: message)
        }
    }
}
