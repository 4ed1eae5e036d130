/// What a message says of itself (AMQP 0-9-1, class `basic`). Texts are at most 255 bytes long.
public struct AMQPProperties: Sendable, Hashable {
    /// MIME type of the body.
    public var contentType: String?
    /// Encoding of the body, such as `gzip`.
    public var contentEncoding: String?
    /// Headers of the application, and those of the trace.
    public var headers: AMQPTable
    /// Whether the broker writes the message to disk (`delivery-mode` 2); `nil` when it is not said, which is no.
    public var isPersistent: Bool?
    /// From 0 up to what the queue's `x-max-priority` says.
    public var priority: UInt8?
    /// What the message belongs to: for an answer, the request.
    public var correlationID: String?
    /// The queue that an answer should go to.
    public var replyTo: String?
    /// Milliseconds after which the message is dropped from a queue, in decimal digits.
    public var expiration: String?
    /// The application's id of the message.
    public var messageID: String?
    /// Seconds since 1970.
    public var timestamp: UInt64?
    /// The application's name for the kind of message.
    public var type: String?
    /// Must be the user that the connection logged in as.
    public var userID: String?
    /// The application's name of itself.
    public var appID: String?

    /// Nothing but what is given.
    public init(
        contentType: String? = nil, contentEncoding: String? = nil, headers: AMQPTable = [:],
        isPersistent: Bool? = nil, priority: UInt8? = nil, correlationID: String? = nil, replyTo: String? = nil,
        expiration: String? = nil, messageID: String? = nil, timestamp: UInt64? = nil, type: String? = nil,
        userID: String? = nil, appID: String? = nil
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.headers = headers
        self.isPersistent = isPersistent
        self.priority = priority
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expiration = expiration
        self.messageID = messageID
        self.timestamp = timestamp
        self.type = type
        self.userID = userID
        self.appID = appID
    }

    /// How many bytes the properties take in a frame (AMQP 0-9-1, section 4.2.6.1); without headers there is no table.
    var encodedSize: Int {
        func size(_ text: String?) -> Int { text.map { 1 + $0.utf8.count } ?? 0 }
        let texts =
            size(contentType) + size(contentEncoding) + size(correlationID) + size(replyTo) + size(expiration)
            + size(messageID) + size(type) + size(userID) + size(appID)
        let numbers = (isPersistent == nil ? 0 : 1) + (priority == nil ? 0 : 1) + (timestamp == nil ? 0 : 8)
        return texts + numbers + (headers.isEmpty ? 0 : headers.encodedSize)
    }
}

/// A message to publish: a body and what it says of itself.
public struct AMQPMessage: Sendable, Hashable {
    /// The body.
    public var body: [UInt8]
    /// What the message says of itself.
    public var properties: AMQPProperties

    /// A message with these properties.
    public init(body: [UInt8], properties: AMQPProperties) {
        self.body = body
        self.properties = properties
    }

    /// A persistent message, with the properties that most have.
    public init(
        body: [UInt8], messageID: String? = nil, correlationID: String? = nil, contentType: String? = nil,
        headers: AMQPTable = [:], isPersistent: Bool = true
    ) {
        self.init(
            body: body,
            properties: AMQPProperties(
                contentType: contentType, headers: headers, isPersistent: isPersistent, correlationID: correlationID,
                messageID: messageID))
    }

    /// A persistent message whose body is the UTF-8 of a text.
    public init(
        body: String, messageID: String? = nil, correlationID: String? = nil, contentType: String? = nil,
        headers: AMQPTable = [:], isPersistent: Bool = true
    ) {
        self.init(
            body: Array(body.utf8), messageID: messageID, correlationID: correlationID, contentType: contentType,
            headers: headers, isPersistent: isPersistent)
    }
}
