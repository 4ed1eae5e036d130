import Testing

@testable import OTLPExporter

@Suite struct GRPCReplyTests {
    private func meaning(
        _ status: String?, message: String = "why", details: String? = nil, httpStatus: Int = 200,
        contentType: String = "application/grpc", body: [UInt8] = []
    ) -> ExportReply.Meaning {
        var fields: [HTTPResponse.Field: String] = [.contentType: contentType, .grpcMessage: message]
        fields[.grpcStatus] = status
        fields[.grpcStatusDetails] = details
        return ExportReply(grpc: .response(HTTPResponse(status: httpStatus, fields: fields, body: body))).meaning
    }

    /// A `google.rpc.Status` with a `RetryInfo` of that delay.
    private func details(_ delay: [UInt8]?) -> String {
        func field(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
        let type = field(0x0A, Array("type.googleapis.com/google.rpc.RetryInfo".utf8))
        let info = field(0x12, delay.map { field(0x0A, $0) } ?? [])
        return base64([0x08, 8] + field(0x1A, type + info))
    }

    private func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        return String(
            stride(from: 0, to: bits.count, by: 6).map { start in
                let digit = (start..<start + 6).reduce(0) { $0 << 1 | Int($1 < bits.count ? bits[$1] : 0) }
                return alphabet[digit]
            })
    }

    // MARK: Status

    @Test(arguments: GRPCStatus.allCases) func eachStatusIsRetriedByTheSpecification(_ status: GRPCStatus) {
        let retryable: Set<GRPCStatus> = [
            .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss,
        ]
        switch meaning("\(status.rawValue)") {
        case .accepted: #expect(status == .ok)
        case .failed(let failure, let delay):
            #expect(retryable.contains(status) && delay == nil && failure.type == status.name)
        case .lost(let failure): #expect(!retryable.contains(status) && failure.type == status.name)
        case .refusedAsTooLarge: Issue.record("\(status) says nothing of a size")
        }
    }

    @Test func resourceExhaustedIsRetriedWithRetryInfoAlone() {
        let failure = ExportFailure(type: "RESOURCE_EXHAUSTED", message: "why")
        #expect(meaning("8") == .lost(failure))
        #expect(meaning("8", details: details([0x08, 3])) == .failed(failure, delay: .seconds(3)))
        #expect(meaning("8", details: details(nil)) == .failed(failure, delay: .zero))
        #expect(meaning("8", details: "!") == .lost(failure))
    }

    @Test func aStatusThatIsUnknownIsFinal() {
        for text in ["17", "-1", "x", ""] {
            #expect(meaning(text) == .lost(ExportFailure(type: "UNKNOWN", message: "why")))
        }
    }

    @Test(arguments: [
        ("a%20b", "a b"), ("gr%C3%B6%C3%9Fe", "größe"), ("100%", "100%"), ("%zz", "%zz"), ("", ""),
    ])
    func theMessageIsPercentDecoded(text: String, decoded: String) {
        #expect(meaning("13", message: text) == .lost(ExportFailure(type: "INTERNAL", message: decoded)))
    }

    @Test(arguments: [
        ("8", "grpc: received message larger than max (5000 vs. 4194304)"),
        ("8", "CLIENT: Received message larger than max (5000 vs. 1000)"),
        ("8", "gRPC message exceeds maximum size 4194304: 5000000"),
        ("11", "Error, decoded message length too large: found 5000 bytes, the limit is: 1000 bytes"),
    ])
    func aMessageOfASizeMeansTooLarge(status: String, message: String) {
        guard case .refusedAsTooLarge = meaning(status, message: message) else {
            return #expect(Bool(false), "\(message) is of the size")
        }
        // The same words in another status are about something else.
        guard case .failed = meaning("14", message: message) else { return #expect(Bool(false), "14 is retried") }
    }

    // MARK: Without a status

    @Test(arguments: [
        (400, "INTERNAL", false), (401, "UNAUTHENTICATED", false), (403, "PERMISSION_DENIED", false),
        (404, "UNIMPLEMENTED", false), (429, "UNAVAILABLE", true), (502, "UNAVAILABLE", true),
        (503, "UNAVAILABLE", true), (504, "UNAVAILABLE", true), (200, "UNKNOWN", false), (500, "UNKNOWN", false),
    ])
    func aStatusOfHTTPIsMapped(httpStatus: Int, type: String, isRetryable: Bool) {
        switch meaning(nil, httpStatus: httpStatus, contentType: "text/html") {
        case .failed(let failure, nil): #expect(isRetryable && failure.type == type)
        case .lost(let failure):
            #expect(!isRetryable && failure.type == type && failure.advice.contains("4317"))
        default: Issue.record("\(httpStatus) is no success")
        }
    }

    @Test func aProxysLimitMeansTooLarge() {
        guard case .refusedAsTooLarge = meaning(nil, httpStatus: 413, contentType: "text/html") else {
            return #expect(Bool(false), "413 is of the size")
        }
    }

    // MARK: Message

    @Test func thePartialSuccessIsRead() {
        let content: [UInt8] = [0x0A, 6, 0x08, 7, 0x12, 2, 0x68, 0x69]
        let expected = ExportResponse(content)
        #expect(expected.rejected == 7 && expected.message == "hi")
        #expect(meaning("0", body: [0, 0, 0, 0, 8] + content) == .accepted(expected))
        // An unreadable body says nothing.
        for body in [[], [0, 0], [0, 0, 0, 0, 9] + content, [1, 0, 0, 0, 8] + content, [2, 0, 0, 0, 8] + content] {
            #expect(meaning("0", body: body) == .accepted(ExportResponse()))
        }
    }

    @Test func aGzipMessageIsRead() {
        var gzip = GzipCompressor()
        let content = [UInt8](repeating: 7, count: 1000)
        let compressed = content.withUnsafeBytes { gzip.compress($0, prefixSize: GRPCMessage.prefixSize) } ?? []
        var body = compressed
        body.withUnsafeMutableBytes {
            GRPCMessage.writePrefix(of: compressed.count - GRPCMessage.prefixSize, isCompressed: true, to: $0)
        }
        #expect(GRPCMessage.content(of: body, encoding: "gzip") == content)
        #expect(GRPCMessage.content(of: body, encoding: "deflate") == nil)
        #expect(GzipDecompressor.decompress(Array(body[5...]), limit: 1000) == content)
        #expect(GzipDecompressor.decompress(Array(body[5...]), limit: 999) == nil)
        #expect(GzipDecompressor.decompress(Array(body[5...].dropLast()), limit: 1000) == nil)
    }

    // MARK: RetryInfo

    @Test(
        arguments: [
            ([0x08, 3], .seconds(3)), ([0x08, 1, 0x10, 0x80, 0xCA, 0xB5, 0xEE, 0x01], .milliseconds(1500)),
            ([], .zero), ([0x08] + Array(repeating: 0xFF, count: 9) + [1], .zero),
            ([0x08] + Array(repeating: 0xFF, count: 8) + [0x7F], .seconds(366 * 86_400)),
        ] as [([UInt8], Duration)])
    func theDelayIsRead(duration: [UInt8], expected: Duration) {
        #expect(RetryInfo.delay(details(duration)) == expected)
        #expect(RetryInfo.delay(details(duration) + "==") == expected)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64IsWrittenWithPadding(text: String, encoded: String) {
        #expect(Base64.encoded(Array(text.utf8)) == encoded)
        #expect(Base64.decoded(encoded) == Array(text.utf8))
    }

    @Test func base64IsReadWithAndWithoutPadding() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 67) }
            #expect(Base64.decoded(base64(bytes)) == bytes)
        }
        #expect(Base64.decoded("aGk=") == Array("hi".utf8) && Base64.decoded("a b") == nil)
    }

    // MARK: Request

    @Test(
        arguments: [
            (.milliseconds(1500), "1500m"), (.nanoseconds(1), "1m"), (.seconds(-1), "1m"),
            (.seconds(99_999), "99999000m"),
        ] as [(Duration, String)])
    func theTimeoutIsInMilliseconds(left: Duration, expected: String) {
        #expect(RequestTarget.timeoutLine(left) == "grpc-timeout: \(expected)")
    }

    @Test func aTimeoutOfMoreThanEightDigitsIsLeftOut() {
        #expect(RequestTarget.timeoutLine(.seconds(100_000)) == "grpc-timeout:")
    }

    @Test(arguments: [
        ("http://c:4317", "http://c:4317"), ("https://u:p@c/v1/traces?a=1#b", "https://u:p@c"),
        ("HTTP://c/", "http://c"),
    ])
    func theURLIsTheServicesPath(endpoint: String, base: String) {
        var configuration = OTLPConfiguration(endpoint: endpoint, protocol: .grpc)
        configuration.headers = ["API-Key": "1"]
        let target = RequestTarget(.metrics, configuration)
        #expect(target.url == base + "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        #expect(target.headerLines.contains("api-key: 1") && target.headerLines.contains("TE: trailers"))
    }
}
