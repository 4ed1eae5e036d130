import TracingCore

/// The rules of OTLP/gRPC (OTLP specification, "OTLP/gRPC Response"). The status is in the trailers, or in the header of a
/// response without a body.
extension ExportReply {
    init(grpc result: HTTPResult) {
        switch result {
        case .failed(let failure): self.init(failure)
        case .response(let response):
            let code = response[.grpcStatus].map { Int($0).flatMap(GRPCStatus.init) ?? .unknown }
            let status = code ?? GRPCStatus(httpStatus: response.status)
            self.init(
                meaning: Self.meaning(of: response, status, isGRPC: code != nil), status: .grpc(status))
        }
    }

    private static func meaning(of response: HTTPResponse, _ status: GRPCStatus, isGRPC: Bool) -> Meaning {
        guard isGRPC else { return meaningWithoutStatus(response, status) }
        if status == .ok {
            let message = GRPCMessage.content(of: response.body, encoding: response[.grpcEncoding])
            return .accepted(message.map { ExportResponse($0) } ?? ExportResponse())
        }
        let text = response[.grpcMessage] ?? ""
        let failure = ExportFailure(
            type: status.name, message: String((PercentEncoding.decoded(text) ?? text).prefix(1000)),
            advice: status.advice)
        if saysTooLarge(status, failure.message) { return .refusedAsTooLarge(failure) }
        let delay = response[.grpcStatusDetails].flatMap(RetryInfo.delay)
        return status.isRetryable(hasRetryInfo: delay != nil) ? .failed(failure, delay: delay) : .lost(failure)
    }

    /// The meaning of a response that is not from a gRPC server, or was cut.
    private static func meaningWithoutStatus(_ response: HTTPResponse, _ status: GRPCStatus) -> Meaning {
        let contentType = response[.contentType] ?? ""
        var failure = ExportFailure(type: status.name, message: "HTTP status \(response.status) without a gRPC status")
        if response.status == 413 { return .refusedAsTooLarge(failure) }
        if !mediaType(contentType).hasPrefix("application/grpc") {
            failure.message += contentType.isEmpty ? "" : ", content type \(contentType)"
            failure.advice = HTTPFailure.noGRPCAdvice
        }
        return status.isRetryable(hasRetryInfo: false) ? .failed(failure, delay: nil) : .lost(failure)
    }

    /// Whether the server's limit of a message's size is the reason: gRPC has no code of its own for that.
    private static func saysTooLarge(_ status: GRPCStatus, _ message: String) -> Bool {
        guard [.resourceExhausted, .outOfRange, .invalidArgument, .internal].contains(status) else { return false }
        let text = message.lowercased()
        return ["larger than max", "too large", "exceeds maximum", "exceeds the maximum"].contains { text.contains($0) }
    }
}
