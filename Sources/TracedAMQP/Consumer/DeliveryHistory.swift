internal import MessagingTracing
internal import TracingCore

/// What the broker says of a message's earlier deliveries. Most have none.
enum DeliveryHistory {
    /// How often it was delivered before without success; 0 where nothing says so.
    ///
    /// Quorum queues count in `x-delivery-count`. On a first delivery RabbitMQ 3 says 0 and RabbitMQ 4 nothing, or what the
    /// publisher wrote: only what was delivered before has a count.
    static func deliveryCount(of content: ReceivedContent) -> Int {
        guard content.method.redelivered, let count = content.properties.headers["x-delivery-count"]?.integer else {
            return 0
        }
        return Int(max(count, 0))
    }

    /// As the attributes of a span or link; nil for a message that comes for the first time.
    static func attributes(of content: ReceivedContent) -> Attributes? {
        let headers = content.properties.headers
        let isRedelivered = content.method.redelivered
        let deadLetter = headers.isEmpty ? nil : AMQPDeadLetter.all(in: headers).first
        guard isRedelivered || deadLetter != nil else { return nil }
        var attributes = Attributes()
        if isRedelivered { attributes.append(MessagingAttribute.redelivered, true) }
        let count = deliveryCount(of: content)
        if count > 0 { attributes.append(MessagingAttribute.deliveryCount, .int(count)) }
        if let deadLetter {
            attributes.append(MessagingAttribute.deadLetterQueue, .string(deadLetter.queue))
            attributes.append(MessagingAttribute.deadLetterReason, .string(deadLetter.reason))
            attributes.append(MessagingAttribute.deadLetterCount, .int(deadLetter.count))
        }
        return attributes
    }
}
