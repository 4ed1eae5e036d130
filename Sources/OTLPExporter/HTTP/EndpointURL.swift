import CLibcurl

/// The parts of an endpoint that metrics and messages tell, read by libcurl's own rules: who the user is and what the query
/// says are secrets.
struct EndpointURL: Equatable {
    /// The host: `server.address`.
    let host: String
    /// The port, the scheme's own where none is said: `server.port`.
    let port: Int
    /// What may be shown of the whole: scheme, host, port and path.
    let shown: String

    /// `nil` for what is no URL of HTTP.
    init?(_ url: String) {
        guard let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: handle), ["http", "https"].contains(scheme),
            let host = Self.part(CURLUPART_HOST, of: handle), !host.isEmpty,
            let port = Self.part(CURLUPART_PORT, of: handle, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
        else { return nil }
        self.host = host
        self.port = port
        let saidPort = Self.part(CURLUPART_PORT, of: handle).map { ":" + $0 } ?? ""
        shown = "\(scheme)://\(host)\(saidPort)\(Self.part(CURLUPART_PATH, of: handle) ?? "")"
    }

    /// What may be shown of a text that is perhaps a URL.
    static func shown(_ text: String) -> String { EndpointURL(text)?.shown ?? withoutSecrets(text) }

    /// Any text without all that would be user-info, a query or a fragment, if it were a URL; for proxies, and for what has
    /// mistakes.
    static func withoutSecrets(_ text: String) -> String {
        let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "?" || $0 == "#" } ?? rest.endIndex
        guard let at = rest.lastIndex(of: "@") else { return String(scheme + rest[..<end]) }
        // A password with such a character, or a query with an address.
        guard at < end else { return "(not shown)" }
        return String(scheme + rest[rest.index(after: at)..<end])
    }

    /// The URL with another path, and without query and fragment; `nil` if it is no URL.
    static func withPath(_ path: String, of url: String) -> String? {
        guard let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
            curl_url_set(handle, CURLUPART_PATH, path, 0) == CURLUE_OK,
            curl_url_set(handle, CURLUPART_QUERY, nil, 0) == CURLUE_OK,
            curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK
        else { return nil }
        return part(CURLUPART_URL, of: handle)
    }

    /// The parts of a URL that are secrets: user and password, also as sent for basic authentication, query and the values in
    /// it; of a text that is no URL, all of it.
    static func secrets(of url: String) -> [String] {
        guard !url.isEmpty, let handle = curl_url() else { return [] }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK else {
            return [url]
        }
        let decode = UInt32(CURLU_URLDECODE)
        let (user, password) = (
            part(CURLUPART_USER, of: handle, flags: decode), part(CURLUPART_PASSWORD, of: handle, flags: decode)
        )
        var secrets = [
            part(CURLUPART_USER, of: handle), user, part(CURLUPART_PASSWORD, of: handle), password,
            part(CURLUPART_FRAGMENT, of: handle),
        ]
        if user != nil || password != nil {
            secrets.append(Base64.encoded(Array("\(user ?? ""):\(password ?? "")".utf8)))
        }
        if let query = part(CURLUPART_QUERY, of: handle) {
            secrets.append(query)
            for member in query.split(separator: "&") {
                secrets.append(member.firstIndex(of: "=").map { String(member[member.index(after: $0)...]) })
            }
        }
        return secrets.compactMap { $0 }
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
