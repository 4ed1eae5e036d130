import TracingCore

/// The URL and the header of the requests of one signal, by the protocol of their configuration. Both contain secrets.
struct RequestTarget {
    let url: String
    /// Lines in the form that libcurl takes: one without a value ends in a semicolon, one to be left out in a colon.
    let headerLines: [String]
    let isGRPC: Bool
    /// Whether a gRPC connection is not encrypted: it begins with HTTP/2 at once.
    let isCleartext: Bool

    /// The target for a configuration without mistakes.
    init(_ signal: OTLPSignal, _ configuration: OTLPConfiguration) {
        isGRPC = configuration.protocol == .grpc
        isCleartext = configuration.endpoint.lowercased().hasPrefix("http:")
        url =
            isGRPC
            ? EndpointURL.withPath(signal.grpcPath, of: configuration.endpoint) ?? configuration.endpoint
            : configuration.endpoint
        let isCompressed = configuration.compression == .gzip
        // By default libcurl asks first if a body is large ("Expect: 100-continue"), and waits a second for an answer.
        var lines = ["Expect:"]
        if isGRPC {
            lines += ["Content-Type: application/grpc", "TE: trailers", "grpc-accept-encoding: gzip, identity"]
            if isCompressed { lines.append("grpc-encoding: gzip") }
        } else {
            lines.append("Content-Type: application/x-protobuf")
            if isCompressed { lines.append("Content-Encoding: gzip") }
        }
        for (name, value) in configuration.headers.sorted(by: { $0.key < $1.key }) {
            // Names of metadata are in lower case.
            let name = isGRPC ? name.lowercased() : name
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        headerLines = lines
    }

    /// The header line that tells a gRPC server how long the client waits (gRPC over HTTP/2, "Timeout": at most 8 digits).
    /// A longer time is not said.
    static func timeoutLine(_ left: Duration) -> String {
        let milliseconds = left / .milliseconds(1)
        guard milliseconds < 1e8 - 1 else { return "grpc-timeout:" }
        return "grpc-timeout: \(max(1, Int(milliseconds.rounded(.up))))m"
    }
}

extension OTLPSignal {
    /// The path of the service's one method.
    var grpcPath: String {
        let service = self == .traces ? "trace.v1.TraceService" : "metrics.v1.MetricsService"
        return "/opentelemetry.proto.collector.\(service)/Export"
    }
}
