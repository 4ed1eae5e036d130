public import TracingCore

/// What an adapter states of one message. The messaging layer decides which span, link or metric says it, and how.
public struct MessageFacts {
    /// The partition, negative when there is none or it is not known.
    public var partition: Int32 = -1
    /// The message's place in its destination or delivery: a Kafka offset, an AMQP delivery tag.
    public var position: Int64?
    /// The key that routes the message; `nil` for none.
    public var key: MessageKey?
    /// When the message was put into the queue, by its producer or broker.
    public var timestamp: Timestamp?
    /// Whether the message has no value.
    public var isTombstone = false
    /// The system's id of the message.
    public var messageID: String?
    /// The conversation the message belongs to.
    public var conversationID: String?
    /// The size of the body in bytes.
    public var bodySize: Int?
    /// The size of body and metadata in bytes.
    public var envelopeSize: Int?
    /// What else is known of this message in particular, under the broker's own names.
    public var attributes: Attributes?

    /// No fact.
    @inlinable
    public init() {}
}
