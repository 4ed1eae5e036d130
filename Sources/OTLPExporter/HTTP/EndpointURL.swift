import CLibcurl

/// The parts of an endpoint that metrics tell, read by libcurl's own rules.
struct EndpointURL: Equatable {
    /// The host: `server.address`.
    let host: String
    /// The port, the scheme's own where none is said: `server.port`.
    let port: Int

    /// `nil` for what is no URL of HTTP.
    init?(_ url: String) {
        guard let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
            ["http", "https"].contains(Self.part(CURLUPART_SCHEME, of: handle)),
            let host = Self.part(CURLUPART_HOST, of: handle), !host.isEmpty,
            let port = Self.part(CURLUPART_PORT, of: handle, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
        else { return nil }
        self.host = host
        self.port = port
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
