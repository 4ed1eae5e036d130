import TracingCore

/// Keys and passwords stay out of logs: of headers the names are shown, of the endpoint and the proxy neither user-info nor
/// query. The same is all that `dump` and other reflection find.
extension OTLPConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { SecretHiding.description(of: "OTLPConfiguration", shownParts) }
    public var debugDescription: String { description }
    public var customMirror: Mirror { SecretHiding.mirror(of: self, shownParts) }

    /// The endpoint as far as it may be shown: scheme, host, port and path.
    package var shownEndpoint: String { EndpointURL.shown(endpoint) }

    private var shownParts: [SecretHiding.Part] {
        var parts: [SecretHiding.Part] = [
            ("endpoint", shownEndpoint), ("protocol", self.protocol.rawValue), ("headers", headers.keys.sorted()),
            ("compression", compression),
            ("timeout", timeout),
        ]
        if let certificateFile { parts.append(("certificateFile", certificateFile)) }
        if let clientCertificateFile { parts.append(("clientCertificateFile", clientCertificateFile)) }
        if let clientKeyFile { parts.append(("clientKeyFile", clientKeyFile)) }
        if let proxy { parts.append(("proxy", EndpointURL.withoutSecrets(proxy))) }
        return parts + [
            ("maxRequestBytes", maxRequestBytes), ("maxResponseBytes", maxResponseBytes), ("retry", retry),
        ]
    }
}
