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
}
