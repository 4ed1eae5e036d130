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

    /// libcurl's own initialization: once a process, never undone, since others may use the library too.
    private static let isInitialized = spanlink_curl_global_init() == CURLE_OK

    /// A client for one endpoint; `nil` when libcurl has no memory. It connects with the first request.
    init?(_ configuration: OTLPConfiguration, isCompressed: Bool) {
        guard Self.isInitialized, let easy = curl_easy_init() else { return nil }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            return nil
        }
        self.easy = easy
        self.multi = multi
        response = HTTPResponseBuffer(limit: configuration.maxResponseBytes)
        headers = Self.headers(configuration, isCompressed: isCompressed)
        configure(configuration)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
        curl_slist_free_all(headers)
    }

    /// Sends one request. `deadline` is asked for again after each ``wakeUp()``.
    func post(_ body: UnsafeRawBufferPointer, deadline: () -> ContinuousClock.Instant) -> HTTPResult {
        guard ContinuousClock.now < deadline() else { return .failed(.timeout) }
        response.reset()
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

    private func result(_ code: CURLcode) -> HTTPResult {
        if code == CURLE_OK {
            return .response(
                HTTPResponse(
                    status: spanlink_curl_response_code(easy), retryAfter: response.retryAfter, body: response.body))
        }
        if response.isTooLarge { return .failed(.responseTooLarge) }
        return .failed(HTTPFailure(code))
    }
}

// MARK: - Options

extension HTTPClient {
    private func configure(_ configuration: OTLPConfiguration) {
        // No signals: they belong to the application.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_POST, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        spanlink_curl_set_quick_exit(easy)
        set(CURLOPT_URL, configuration.endpoint)
        set(CURLOPT_USERAGENT, "OTel-OTLP-Exporter-Swift/\(SpanlinkVersion.current)")
        spanlink_curl_set_list(easy, CURLOPT_HTTPHEADER, headers)
        if let proxy = configuration.proxy { set(CURLOPT_PROXY, proxy) }
        if let path = configuration.certificateFile {
            // Only this authority counts, not the system's beside it.
            set(CURLOPT_CAINFO, path)
            spanlink_curl_set_string(easy, CURLOPT_CAPATH, nil)
        }
        if let path = configuration.clientCertificateFile { set(CURLOPT_SSLCERT, path) }
        if let path = configuration.clientKeyFile { set(CURLOPT_SSLKEY, path) }
        // Unretained: the client owns the buffer and outlives every request.
        let context = Unmanaged.passUnretained(response).toOpaque()
        spanlink_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        spanlink_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        spanlink_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let buffer = Unmanaged<HTTPResponseBuffer>.fromOpaque(context).takeUnretainedValue()
            return buffer.append(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        spanlink_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let buffer = Unmanaged<HTTPResponseBuffer>.fromOpaque(context).takeUnretainedValue()
            return buffer.appendHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) { spanlink_curl_set_long(easy, option, value) }
    private func set(_ option: CURLoption, _ value: String) { spanlink_curl_set_string(easy, option, value) }

    private static func headers(
        _ configuration: OTLPConfiguration, isCompressed: Bool
    ) -> UnsafeMutablePointer<curl_slist>? {
        // libcurl would ask large bodies' receivers first ("Expect: 100-continue"), and wait a second for an answer.
        var lines = ["Content-Type: application/x-protobuf", "Expect:"]
        if isCompressed { lines.append("Content-Encoding: gzip") }
        for (name, value) in configuration.headers.sorted(by: { $0.key < $1.key }) {
            // libcurl takes a header without a value for one to be left out, unless it ends so.
            lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines { list = curl_slist_append(list, line) ?? list }
        return list
    }
}
