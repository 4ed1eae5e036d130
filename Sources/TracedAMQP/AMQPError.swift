public import MessagingTracing

/// What went wrong in an AMQP client, and what can be done about it.
public struct AMQPError: ErrorTypeProviding, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error. More kinds may come: a `switch` over codes needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidConfiguration = "invalid-configuration"
            case invalidArgument = "invalid-argument"
            case connectionFailed = "connection-failed"
            case connectionLost = "connection-lost"
            case outcomeUnknown = "outcome-unknown"
            case closed
            case nack
            case staleDelivery = "stale-delivery"
            case consumerCancelled = "consumer-cancelled"
            case timedOut = "timed-out"
            case contentTooLarge = "content-too-large"
            case noRoute = "no-route"
            case noConsumers = "no-consumers"
            case connectionForced = "connection-forced"
            case invalidPath = "invalid-path"
            case accessRefused = "access-refused"
            case notFound = "not-found"
            case resourceLocked = "resource-locked"
            case preconditionFailed = "precondition-failed"
            case frameError = "frame-error"
            case syntaxError = "syntax-error"
            case commandInvalid = "command-invalid"
            case channelError = "channel-error"
            case unexpectedFrame = "unexpected-frame"
            case resourceError = "resource-error"
            case notAllowed = "not-allowed"
            case notImplemented = "not-implemented"
            case internalError = "internal-error"
            case other
        }

        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// The URL or configuration does not hold together. Nothing was started.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// An argument of the call is out of its range.
        public static let invalidArgument = Code(.invalidArgument)
        /// No connection could be made.
        public static let connectionFailed = Code(.connectionFailed)
        /// The connection was lost before the broker had answered.
        public static let connectionLost = Code(.connectionLost)
        /// The connection or channel was lost before the broker confirmed: the message may have arrived.
        public static let outcomeUnknown = Code(.outcomeUnknown)
        /// The connection or channel was closed here.
        public static let closed = Code(.closed)
        /// The broker refused the message (`basic.nack`): a full queue that rejects, say.
        public static let nack = Code(.nack)
        /// The delivery cannot be settled: it came over an earlier connection and is delivered again, or was settled before.
        public static let staleDelivery = Code(.staleDelivery)
        /// The broker ended the consumer, because its queue was deleted or moved.
        public static let consumerCancelled = Code(.consumerCancelled)
        /// The time allowed ran out.
        public static let timedOut = Code(.timedOut)
        /// The message is larger than the broker takes (311).
        public static let contentTooLarge = Code(.contentTooLarge)
        /// A mandatory message reached no queue and was returned (312).
        public static let noRoute = Code(.noRoute)
        /// An immediate message met no consumer and was returned (313).
        public static let noConsumers = Code(.noConsumers)
        /// An operator closed the connection, or the broker shuts down (320).
        public static let connectionForced = Code(.connectionForced)
        /// The virtual host's name is not acceptable (402).
        public static let invalidPath = Code(.invalidPath)
        /// The user may not do this, or user name and password are wrong (403).
        public static let accessRefused = Code(.accessRefused)
        /// The exchange, queue or virtual host does not exist (404).
        public static let notFound = Code(.notFound)
        /// Someone else has the queue for themselves (405).
        public static let resourceLocked = Code(.resourceLocked)
        /// It exists with other properties, or is not in the state that was asked for (406).
        public static let preconditionFailed = Code(.preconditionFailed)
        /// The broker could not read a frame (501).
        public static let frameError = Code(.frameError)
        /// The broker could not read a value in a frame (502).
        public static let syntaxError = Code(.syntaxError)
        /// The broker did not expect this method (503).
        public static let commandInvalid = Code(.commandInvalid)
        /// The channel was not in the state for this (504).
        public static let channelError = Code(.channelError)
        /// A frame came where another had to (505).
        public static let unexpectedFrame = Code(.unexpectedFrame)
        /// The broker lacks resources (506).
        public static let resourceError = Code(.resourceError)
        /// The broker does not allow this (530), such as a virtual host that does not exist.
        public static let notAllowed = Code(.notAllowed)
        /// The broker cannot do this (540).
        public static let notImplemented = Code(.notImplemented)
        /// The broker failed (541).
        public static let internalError = Code(.internalError)
        /// Anything else: see ``AMQPError/replyCode``.
        public static let other = Code(.other)

        /// The kind for a reply code of AMQP 0-9-1 (section 1.2, "Domains", and the constants of its XML).
        init(replyCode: UInt16) {
            self =
                switch replyCode {
                case 311: .contentTooLarge
                case 312: .noRoute
                case 313: .noConsumers
                case 320: .connectionForced
                case 402: .invalidPath
                case 403: .accessRefused
                case 404: .notFound
                case 405: .resourceLocked
                case 406: .preconditionFailed
                case 501: .frameError
                case 502: .syntaxError
                case 503: .commandInvalid
                case 504: .channelError
                case 505: .unexpectedFrame
                case 506: .resourceError
                case 530: .notAllowed
                case 540: .notImplemented
                case 541: .internalError
                default: .other
                }
        }

        public var description: String { value.rawValue }
    }

    /// The kind of the error.
    public var code: Code
    /// What happened and what to do, for people.
    public var message: String
    /// The broker's reply code, where the error came from there.
    public var replyCode: UInt16?
    /// The broker's own text, where the error came from there.
    public var replyText: String?

    /// An error of a stated kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What the broker said while this was being done.
    ///
    /// - Parameter method: what failed, where the broker says so.
    init(replyCode: UInt16, replyText: String, _ doing: String, method: UInt32 = 0) {
        self.code = Code(replyCode: replyCode)
        self.replyCode = replyCode
        self.replyText = replyText
        self.message = "\(doing): \(replyText)"
        // Some texts of the broker end a sentence.
        if let advice = code.advice(on: method, replyText) {
            message += (replyText.hasSuffix(".") ? " " : ". ") + advice
        }
    }

    /// The low-cardinality name for telemetry (`error.type`): AMQP's name of the reply code in kebab case (`not-found`), else
    /// the name of ``code``.
    public var errorType: String { code.description }

    public var telemetryDescription: String { message }

    public var description: String { "\(code): \(message)" }
}

extension AMQPError {
    static let closed = AMQPError(.closed, "The connection was shut down; make a new one to go on")

    static func tooLargeForFrame(_ size: Int) -> AMQPError {
        AMQPError(
            .invalidArgument,
            "The headers and properties of the message do not fit into the \(size) bytes that the broker takes for a frame. "
                + "Put what is large into the body, or raise the broker's frame_max")
    }
}

extension AMQPError.Code {
    /// What to do about an error of this kind that a method met with.
    func advice(on method: UInt32, _ replyText: String) -> String? {
        switch self {
        // RabbitMQ has no code of its own for this.
        case .accessRefused where replyText.hasSuffix("in exclusive use"): "Another consumer has the queue to itself"
        case .accessRefused: "Check user name, password and permissions"
        case .notFound: "Declare it first, or check its name"
        case .preconditionFailed where [MethodID.exchangeDeclare, MethodID.queueDeclare].contains(method):
            "Declare it with the properties it has, or delete it first"
        case .resourceLocked: "It is exclusive to another connection"
        case .notAllowed: "Check the virtual host's name and the user's access to it"
        case .contentTooLarge: "Send less, or raise the broker's max_message_size"
        default: nil
        }
    }

    /// Whether trying to log in again with the same configuration may help.
    var isWorthAnotherLogin: Bool {
        self != .accessRefused && self != .notAllowed && self != .invalidPath && self != .notFound
            && self != .invalidConfiguration
    }
}
