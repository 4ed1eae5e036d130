/// Where and how an OTLP exporter sends: OTLP over HTTP in protobuf (OTLP exporter configuration).
public struct OTLPConfiguration: Sendable, Hashable {
    /// How bodies are packed.
    public enum Compression: String, Sendable, Hashable, CaseIterable {
        /// Not at all.
        case none
        /// By gzip.
        case gzip
    }

    /// The whole URL, used as it is: `http://collector:4318/v1/traces`.
    public var endpoint: String
    /// What is sent with each request, such as an API key. Names have no case: none may be here twice, and one of the
    /// environment takes the place of the same one here. The exporter's own headers (content type and encoding) are not for
    /// here.
    public var headers: [String: String] = [:]
    /// How bodies are packed.
    public var compression: Compression = .none
    /// How long one batch may take, with all attempts and waits between them. Zero is no limit but the processor's or
    /// reader's own.
    public var timeout: Duration = .seconds(10)
    /// A PEM file with the authorities that alone may have signed the server's certificate; `nil` is the system's.
    public var certificateFile: String?
    /// A PEM file with the client's own certificate, and the chain to it.
    public var clientCertificateFile: String?
    /// A PEM file with the key of the client's certificate.
    public var clientKeyFile: String?
    /// The proxy, such as `http://proxy:3128` or `socks5h://proxy:1080`; an empty text is none. `nil` is the environment's,
    /// by libcurl's rules (`http_proxy`, `HTTPS_PROXY`, `NO_PROXY`).
    public var proxy: String?
    /// The largest request, in bytes before it is packed; collectors refuse those over 20 MiB unless told otherwise. What
    /// does not fit goes in several; a span or metric that is larger alone is dropped.
    public var maxRequestBytes = 16 << 20
    /// The largest answer in bytes. A larger one counts as a failure that is not tried again.
    public var maxResponseBytes = 4 << 20
    /// How long it waits before another attempt.
    public var retry = RetryPolicy()

    /// The defaults, and an endpoint with its path.
    public init(endpoint: String) { self.endpoint = endpoint }

    /// Traces to a collector on this machine.
    public static let localTraces = OTLPConfiguration(endpoint: "http://localhost:4318/v1/traces")
    /// Metrics to a collector on this machine.
    public static let localMetrics = OTLPConfiguration(endpoint: "http://localhost:4318/v1/metrics")

    /// Checks what can be checked without sending.
    ///
    /// - Throws: ``OTLPConfigurationError`` for the first value that makes no sense.
    public func validate() throws(OTLPConfigurationError) {
        guard EndpointURL(endpoint) != nil else {
            throw OTLPConfigurationError(
                code: .invalidEndpoint,
                message: "\"\(shownEndpoint)\" is no endpoint: give a whole URL that begins with http:// or https://")
        }
        if let proxy, !proxy.isEmpty, !Self.isProxy(proxy) {
            throw OTLPConfigurationError(
                code: .invalidProxy,
                message: "the proxy is no URL: it begins with http://, https://, socks5:// or socks5h://, then its host"
            )
        }
        for (name, value) in headers where !Self.isHeader(name, value) {
            throw OTLPConfigurationError(
                code: .invalidHeader,
                message: "the header \"\(name)\" cannot be sent: a name is letters, digits and -_.~!#$%&'*+^`|, and a "
                    + "value has no line breaks")
        }
        var names: Set<String> = []
        for name in headers.keys.sorted() where !names.insert(name.lowercased()).inserted {
            throw OTLPConfigurationError(
                code: .invalidHeader,
                message: "the header \"\(name)\" is there twice: its name in another case is the same")
        }
        guard timeout >= .zero, maxRequestBytes > 0, maxResponseBytes > 0 else {
            throw OTLPConfigurationError(
                code: .invalidLimit, message: "timeout must not be negative, and the limits must be at least 1")
        }
        if let mistake = retry.mistake {
            throw OTLPConfigurationError(code: .invalidLimit, message: "of the retry policy \(mistake)")
        }
    }

    private static func isProxy(_ text: String) -> Bool {
        ["http://", "https://", "socks5://", "socks5h://"].contains { text.hasPrefix($0) && text.count > $0.count }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// A token, and a value that ends no line (RFC 9110, sections 5.1 and 5.5).
    static func isHeader(_ name: String, _ value: String) -> Bool {
        let symbols = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: symbols.contains(byte)
            }
        }
        return isToken && !name.isEmpty && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

/// What kept an exporter from being made: a mistake in its configuration.
public struct OTLPConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of mistake.
    public struct Code: Sendable, Hashable {
        private enum Value: Sendable, Hashable {
            case invalidEndpoint, invalidHeader, invalidLimit, invalidProxy
        }

        private let value: Value

        /// The endpoint is no URL of HTTP. The message leaves out what may be a password or a token in it.
        public static let invalidEndpoint = Code(value: .invalidEndpoint)
        /// A header has a name or a value that HTTP does not allow, or is there twice.
        public static let invalidHeader = Code(value: .invalidHeader)
        /// A time or a size is out of range.
        public static let invalidLimit = Code(value: .invalidLimit)
        /// The proxy is no URL that libcurl takes. The message does not repeat it: it may hold a password.
        public static let invalidProxy = Code(value: .invalidProxy)
    }

    /// The kind of mistake.
    public let code: Code
    /// What is wrong and what to do.
    public let message: String

    public var description: String { message }
}
