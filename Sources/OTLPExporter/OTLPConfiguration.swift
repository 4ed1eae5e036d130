/// The destination of an OTLP exporter, and its way there: OTLP in protobuf over HTTP or gRPC (OTLP exporter configuration).
public struct OTLPConfiguration: Sendable, Hashable {
    /// The protocol that carries requests. The raw values are those of `OTEL_EXPORTER_OTLP_PROTOCOL`.
    public enum TransportProtocol: String, Sendable, Hashable, CaseIterable {
        /// OTLP/HTTP: HTTP/1.1, by convention on port 4318.
        case httpProtobuf = "http/protobuf"
        /// OTLP/gRPC: unary calls over HTTP/2, by convention on port 4317. The installed libcurl must have HTTP/2.
        case grpc
    }

    /// How bodies are packed.
    public enum Compression: String, Sendable, Hashable, CaseIterable {
        /// Not at all.
        case none
        /// By gzip.
        case gzip
    }

    /// The server's URL. For HTTP it is used as it is: `http://collector:4318/v1/traces`. For gRPC the path and the query do
    /// not count, `http` means no encryption and `https` means TLS: `http://collector:4317`.
    public var endpoint: String
    /// The protocol that carries requests.
    public var `protocol`: TransportProtocol
    /// Headers of each request, or gRPC's metadata, such as an API key. Names are case-insensitive and unique. Headers from
    /// the environment replace headers of the same name. The exporter sets its own headers (content type and encoding).
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
    /// The largest request, in bytes before compression. By default collectors refuse requests over 20 MiB, over gRPC those
    /// over 4 MiB. Items that do not fit go in several requests. A request that the server refuses as too large is halved
    /// until it fits, and later requests are kept within half its size. A span or metric that is too large alone is dropped.
    public var maxRequestBytes = 16 << 20
    /// The largest answer in bytes. A larger one counts as a failure that is not tried again.
    public var maxResponseBytes = 4 << 20
    /// How long it waits before another attempt.
    public var retry = RetryPolicy()

    /// The defaults for an endpoint: over HTTP with its path, over gRPC without.
    public init(endpoint: String, protocol: TransportProtocol = .httpProtobuf) {
        self.endpoint = endpoint
        self.protocol = `protocol`
    }

    /// Traces to a collector on this machine.
    public static let localTraces = OTLPConfiguration(endpoint: "http://localhost:4318/v1/traces")
    /// Metrics to a collector on this machine.
    public static let localMetrics = OTLPConfiguration(endpoint: "http://localhost:4318/v1/metrics")
    /// Traces and metrics to a collector on this machine, over gRPC.
    public static let localGRPC = OTLPConfiguration(endpoint: "http://localhost:4317", protocol: .grpc)
}
