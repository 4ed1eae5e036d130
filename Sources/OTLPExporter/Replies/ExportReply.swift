/// The meaning of an attempt's result, by the rules of the protocol (OTLP specification, "Failures").
struct ExportReply: Equatable {
    enum Meaning: Equatable {
        /// The server has the data; a part may be rejected.
        case accepted(ExportResponse)
        /// The server refuses a request of that size, whatever its content.
        case refusedAsTooLarge(ExportFailure)
        /// Another attempt may succeed, after `delay` at least if the server ordered one.
        case failed(ExportFailure, delay: Duration?)
        /// No attempt with the same data will succeed.
        case lost(ExportFailure)
    }

    var meaning: Meaning
    /// `nil` if there is no answer.
    var status: ReplyStatus?
}

/// The status of an answer.
enum ReplyStatus: Sendable, Hashable {
    /// HTTP's status code.
    case http(Int)
    /// gRPC's status.
    case grpc(GRPCStatus)
}

/// The reason for the loss of a batch, or of a part of it.
struct ExportFailure: Sendable, Equatable {
    /// A word or a status for metrics (`error.type`).
    var type: String
    /// An explanation for people. It may contain a text of the server.
    var message: String
    /// A sentence that says what to do.
    var advice = ""

    static let tooLargeType = "request_too_large"
    static let alreadyShutDown = ExportFailure(type: "already_shutdown", message: "the exporter was shut down")
    static let notCompressed = ExportFailure(type: "compression", message: "zlib has no memory")

    static func tooLarge(_ size: Int) -> ExportFailure {
        ExportFailure(
            type: tooLargeType, message: "one alone makes a request of \(size) bytes, over the limit of maxRequestBytes"
        )
    }
}
