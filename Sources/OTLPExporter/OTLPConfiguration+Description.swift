/// Keys and passwords stay out of logs: of headers the names are shown, of the endpoint and the proxy neither user-info nor
/// query. The same is all that `dump` and other reflection find.
extension OTLPConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        let parts = shownParts.map { "\($0.label): \($0.value)" }
        return "OTLPConfiguration(\(parts.joined(separator: ", ")))"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror {
        Mirror(self, children: shownParts.map { (label: $0.label, value: $0.value) }, displayStyle: .struct)
    }

    /// The endpoint as far as it may be shown: scheme, host, port and path.
    package var shownEndpoint: String { EndpointURL.shown(endpoint) }

    private var shownParts: [(label: String, value: any Sendable)] {
        var parts: [(String, any Sendable)] = [
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
