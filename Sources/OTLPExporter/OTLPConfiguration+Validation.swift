extension OTLPConfiguration {
    /// Checks everything that can be checked without sending.
    ///
    /// - Throws: ``OTLPConfigurationError`` for the first mistake.
    public func validate() throws(OTLPConfigurationError) {
        guard EndpointURL(endpoint) != nil else {
            throw OTLPConfigurationError(
                code: .invalidEndpoint,
                message: "\"\(shownEndpoint)\" is no endpoint. Give a whole URL that begins with http:// or https://")
        }
        if let proxy, !proxy.isEmpty, !Self.isProxy(proxy) {
            throw OTLPConfigurationError(
                code: .invalidProxy,
                message: "The proxy is no URL. Begin it with http://, https://, socks5:// or socks5h://, then the host")
        }
        try validateHeaders()
        guard timeout >= .zero, maxRequestBytes > 0, maxResponseBytes > 0 else {
            throw OTLPConfigurationError(
                code: .invalidLimit, message: "The timeout must not be negative, and the limits must be at least 1")
        }
        if let mistake = retry.mistake {
            throw OTLPConfigurationError(code: .invalidLimit, message: "The retry policy has a mistake: \(mistake)")
        }
    }

    private func validateHeaders() throws(OTLPConfigurationError) {
        for (name, value) in headers where !Self.isHeader(name, value) {
            throw OTLPConfigurationError(
                code: .invalidHeader,
                message: "The header \"\(name)\" cannot be sent. A name is letters, digits and -_.~!#$%&'*+^`|, and a "
                    + "value has no line breaks")
        }
        if self.protocol == .grpc {
            for (name, value) in headers where !Self.isMetadata(name, value) {
                throw OTLPConfigurationError(
                    code: .invalidHeader,
                    message:
                        "The header \"\(name)\" cannot be metadata of gRPC. A name is letters, digits and -_. and does "
                        + "not begin with grpc-, and a value is printable ASCII")
            }
        }
        var names: Set<String> = []
        for name in headers.keys.sorted() where !names.insert(name.lowercased()).inserted {
            throw OTLPConfigurationError(
                code: .invalidHeader,
                message: "The header \"\(name)\" exists twice: its name in another case is the same")
        }
    }

    private static func isProxy(_ text: String) -> Bool {
        ["http://", "https://", "socks5://", "socks5h://"].contains { text.hasPrefix($0) && text.count > $0.count }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// Whether the name is a token and the value ends no line (RFC 9110, sections 5.1 and 5.5).
    static func isHeader(_ name: String, _ value: String) -> Bool {
        isHeaderName(name) && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    /// Whether gRPC allows the name and the value (gRPC over HTTP/2, "Custom-Metadata").
    static func isMetadata(_ name: String, _ value: String) -> Bool {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        return isName && !name.lowercased().hasPrefix("grpc-") && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// Whether the name is a token (RFC 9110, section 5.1).
    static func isHeaderName(_ name: String) -> Bool {
        let symbols = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: symbols.contains(byte)
            }
        }
        return isToken && !name.isEmpty
    }
}
