/// The method that brought a message.
struct ContentMethod: Sendable {
    enum Kind: Sendable, Equatable {
        case delivery
        case got
        case returned(replyCode: UInt16, replyText: String)
    }

    var kind: Kind
    var deliveryTag: UInt64 = 0
    var redelivered = false
    var exchange: String
    var routingKey: String
}

/// A message as it came.
typealias ReceivedContent = ContentAssembler<ContentMethod, AMQPProperties>.Content
