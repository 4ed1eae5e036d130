import TracingCore

/// The rules of OTLP/HTTP (OTLP specification, "OTLP/HTTP Response"): only 429, 502, 503, 504 and failed or lost connections
/// are tried again.
extension ExportReply {
    /// The meaning of a result. `wallClock` is the current time, for a `Retry-After` that is a date.
    init(http result: HTTPResult, wallClock: Timestamp) {
        switch result {
        case .failed(let failure): self.init(failure)
        case .response(let response):
            self.init(meaning: Self.meaning(of: response, wallClock), status: .http(response.status))
        }
    }

    /// The meaning of a result without an answer.
    init(_ failure: HTTPFailure) {
        let reason = ExportFailure(type: failure.type, message: failure.message, advice: failure.advice)
        self.init(meaning: failure.isConnectionFailure ? .failed(reason, delay: nil) : .lost(reason))
    }

    private static func meaning(of response: HTTPResponse, _ wallClock: Timestamp) -> Meaning {
        if (200..<300).contains(response.status) {
            guard let contentType = response[.contentType], mediaType(contentType) != "application/x-protobuf" else {
                return .accepted(ExportResponse(response.body))
            }
            var accepted = ExportResponse()
            accepted.foreignContentType = contentType
            return .accepted(accepted)
        }
        var failure = ExportFailure(type: String(response.status), message: message(of: response))
        if response.status == 413 || response.status == 400 && response.saysTooLarge {
            return .refusedAsTooLarge(failure)
        }
        if [301, 302, 307, 308, 404, 405].contains(response.status) {
            failure.advice = "Check the path of the endpoint"
        }
        guard [429, 502, 503, 504].contains(response.status) else { return .lost(failure) }
        let delay = response[.retryAfter].flatMap { RetryAfter.delay($0, now: wallClock) }
        return .failed(failure, delay: delay)
    }

    /// The server's explanation: the message of a `google.rpc.Status`, or the first line of plain text.
    private static func message(of response: HTTPResponse) -> String {
        guard mediaType(response[.contentType] ?? "") == "text/plain" else {
            return ExportResponse.errorMessage(response.body)
        }
        return String(decoding: response.body.prefix(200).prefix { $0 >= 0x20 }, as: UTF8.self)
    }

    /// A content type without its parameters.
    static func mediaType(_ contentType: String) -> String {
        let end = contentType.firstIndex { $0 == ";" || $0 == " " } ?? contentType.endIndex
        return contentType[..<end].lowercased()
    }
}

extension HTTPResponse {
    /// Whether the body says that the request is too large, as collectors do with status 400.
    fileprivate var saysTooLarge: Bool {
        String(decoding: body.prefix(1000), as: UTF8.self).lowercased().contains("too large")
    }
}
