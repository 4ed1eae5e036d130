import CLibcurl
import TracingCore

/// POSTs bodies to one URL over a connection that stays open (libcurl).
///
/// Requests are made by one thread at a time, which blocks meanwhile; ``wakeUp()`` may be called from any thread. Proxies
/// that the configuration does not name are the environment's (`http_proxy`, `HTTPS_PROXY`, `NO_PROXY`). Redirects are not
/// followed.
///
/// `@unchecked`: the pointers are constants. What `easy` and `response` hold is touched by requests alone, which the owner
/// makes one at a time; of `multi` other threads use `curl_multi_wakeup` alone, which is made for that.
final class HTTPClient: @unchecked Sendable {
    /// All three owned from `init` to `deinit`.
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let headers: UnsafeMutablePointer<curl_slist>?
    private let response: HTTPResponseBuffer
    private let isGRPC: Bool

    /// libcurl's own initialization: once a process, never undone, since others may use the library too.
    private static let isInitialized = spanlink_curl_global_init() == CURLE_OK

    /// A client for one endpoint. It connects with the first request.
    ///
    /// - Throws: ``OTLPConfigurationError`` if libcurl has no memory or refuses an option.
    init(_ configuration: OTLPConfiguration, _ target: RequestTarget) throws(OTLPConfigurationError) {
        guard Self.isInitialized, let easy = curl_easy_init() else { throw .noMemory }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            throw .noMemory
        }
        self.easy = easy
        self.multi = multi
        response = HTTPResponseBuffer(limit: configuration.maxResponseBytes)
        isGRPC = target.isGRPC
        headers = Self.list((isGRPC ? [Self.timeoutLine] : []) + target.headerLines)
        guard headers != nil else { throw .noMemory }
        try configure(configuration, target)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
        curl_slist_free_all(headers)
    }

    /// The first of gRPC's header lines, with room for any time-out. Each request overwrites it.
    private static let timeoutLine = "grpc-timeout: 99999999m"

    /// Sends one request. `deadline` is asked for again after each ``wakeUp()``.
    func post(_ body: UnsafeRawBufferPointer, deadline: () -> ContinuousClock.Instant) -> HTTPResult {
        guard ContinuousClock.now < deadline() else { return .failed(.timeout) }
        response.reset()
        if isGRPC { setTimeout(ContinuousClock.now.duration(to: deadline())) }
        spanlink_curl_set_pointer(easy, CURLOPT_POSTFIELDS, body.baseAddress)
        spanlink_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        // Without it libcurl reads the fields as a string after the last body has gone.
        defer { spanlink_curl_set_pointer(easy, CURLOPT_POSTFIELDS, nil) }
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else { return .failed(.internalError) }
        // A transfer that has not ended is given up, and its connection closed.
        defer { curl_multi_remove_handle(multi, easy) }
        var running: Int32 = 0
        while true {
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return .failed(.internalError) }
            var code = CURLE_OK
            if spanlink_curl_next_result(multi, &code) != 0 { return result(code) }
            guard poll(until: deadline()) else { return .failed(.timeout) }
        }
    }

    /// Sleeps until `time` or a ``wakeUp()``, whichever is first.
    func sleep(until time: ContinuousClock.Instant) { _ = poll(until: time) }

    /// Ends the sleep of the thread that makes requests; `deadline` is looked at again.
    func wakeUp() { curl_multi_wakeup(multi) }

    /// False when the time has come already.
    private func poll(until time: ContinuousClock.Instant) -> Bool {
        let left = ContinuousClock.now.duration(to: time)
        guard left > .zero else { return false }
        let (seconds, attoseconds) = min(left, .seconds(3600)).components
        // Rounded up: a wait that ends too early would be made again and again.
        let milliseconds = seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        curl_multi_poll(multi, nil, 0, Int32(milliseconds), nil)
        return true
    }

    /// Writes the time-out into the memory of its header line, which libcurl reads when a request begins.
    private func setTimeout(_ left: Duration) {
        guard let memory = headers?.pointee.data else { return }
        let line = RequestTarget.timeoutLine(left)
        precondition(line.utf8.count <= Self.timeoutLine.utf8.count)
        for (index, byte) in (Array(line.utf8) + [0]).enumerated() { memory[index] = CChar(bitPattern: byte) }
    }

    private func result(_ code: CURLcode) -> HTTPResult {
        // A gRPC server may reset the stream once it has sent the status.
        if code == CURLE_OK || isGRPC && response.fields[.grpcStatus] != nil {
            return .response(
                HTTPResponse(
                    status: spanlink_curl_response_code(easy), fields: response.fields, body: response.body))
        }
        if response.isTooLarge { return .failed(.responseTooLarge) }
        return .failed(HTTPFailure(code, isGRPC: isGRPC))
    }
}

// MARK: - Options

extension HTTPClient {
    private func configure(_ configuration: OTLPConfiguration, _ target: RequestTarget) throws(OTLPConfigurationError) {
        // No signals: they belong to the application.
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_POST, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if target.isGRPC {
            let version = target.isCleartext ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS
            try set(CURLOPT_HTTP_VERSION, Int(version))
            if target.isCleartext, !LibcurlFeatures.installed.canReuseCleartextHTTP2 {
                try set(CURLOPT_FORBID_REUSE, 1)
            }
            // HTTP/2 goes to the server itself, through a tunnel.
            try set(CURLOPT_HTTPPROXYTUNNEL, 1)
        } else {
            try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        }
        try check(spanlink_curl_set_quick_exit(easy), "QUICK_EXIT")
        try check(spanlink_curl_allow_http_only(easy), "PROTOCOLS")
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_URL, target.url)
        try set(CURLOPT_USERAGENT, "OTel-OTLP-Exporter-Swift/\(SpanlinkVersion.current)")
        try check(spanlink_curl_set_list(easy, CURLOPT_HTTPHEADER, headers), CURLOPT_HTTPHEADER)
        if let proxy = configuration.proxy { try set(CURLOPT_PROXY, proxy) }
        if let path = configuration.certificateFile {
            // Only this authority counts, not the system's beside it.
            try set(CURLOPT_CAINFO, path)
            try check(spanlink_curl_set_string(easy, CURLOPT_CAPATH, nil), CURLOPT_CAPATH)
        }
        if let path = configuration.clientCertificateFile { try set(CURLOPT_SSLCERT, path) }
        if let path = configuration.clientKeyFile { try set(CURLOPT_SSLKEY, path) }
        try setCallbacks()
    }

    private func setCallbacks() throws(OTLPConfigurationError) {
        // Unretained: the client owns the buffer and outlives every request.
        let context = Unmanaged.passUnretained(response).toOpaque()
        try check(spanlink_curl_set_pointer(easy, CURLOPT_WRITEDATA, context), CURLOPT_WRITEDATA)
        try check(spanlink_curl_set_pointer(easy, CURLOPT_HEADERDATA, context), CURLOPT_HEADERDATA)
        let write = spanlink_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let buffer = Unmanaged<HTTPResponseBuffer>.fromOpaque(context).takeUnretainedValue()
            return buffer.append(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        try check(write, CURLOPT_WRITEFUNCTION)
        let header = spanlink_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let buffer = Unmanaged<HTTPResponseBuffer>.fromOpaque(context).takeUnretainedValue()
            return buffer.appendHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        try check(header, CURLOPT_HEADERFUNCTION)
    }

    private func set(_ option: CURLoption, _ value: Int) throws(OTLPConfigurationError) {
        try check(spanlink_curl_set_long(easy, option, value), option)
    }

    private func set(_ option: CURLoption, _ value: String) throws(OTLPConfigurationError) {
        try check(spanlink_curl_set_string(easy, option, value), option)
    }

    private func check(_ result: CURLcode, _ option: CURLoption) throws(OTLPConfigurationError) {
        if result == CURLE_OK { return }
        try check(
            result, curl_easy_option_by_id(option).map { String(cString: $0.pointee.name) } ?? "\(option.rawValue)")
    }

    /// - Throws: ``OTLPConfigurationError`` with the name of the option, not with its value.
    private func check(_ result: CURLcode, _ name: String) throws(OTLPConfigurationError) {
        if result == CURLE_OK { return }
        throw OTLPConfigurationError(
            code: .unsupportedByLibcurl,
            message: "libcurl \(LibcurlFeatures.installed.version) refuses the option \(name) "
                + "(\(String(cString: curl_easy_strerror(result)))). Check the configuration and the installed libcurl")
    }

    /// - Returns: `nil` if libcurl has no memory.
    private static func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        return list
    }
}
