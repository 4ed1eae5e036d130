import SpanlinkRuntime

/// One channel as the connection's thread sees it. Belongs to that thread.
final class ChannelIO {
    struct Pending {
        let request: Request
        let complete: (Result<Answer, AMQPError>) -> Void
    }

    let number: UInt16
    /// What the application has of it; nil for a consumer's own channel.
    let halves: ChannelHalves?
    var assembler = ContentAssembler<ContentMethod, AMQPProperties>()
    var confirms = PublisherConfirms<PublishCall>()
    var ledger = DeliveryLedger()
    /// Most deliveries of a queue were published alike.
    var lastExchange = RepeatedText()
    var lastRoutingKey = RepeatedText()
    /// Requests without an answer; the broker answers in order.
    var pending = Deque<Pending>()
    /// Whether the broker was asked to confirm.
    var isConfirming = false
    var prefetch: UInt16?
    var consumer: (consumption: Request.Consumption, queue: ConsumerQueue)?
    /// Of a consumer of a stream, from its first delivery on.
    var streamPosition: StreamPosition?
    /// The broker ended the consumer.
    var isCancelled = false
    /// The consumer has ended; the channel stays for deliveries that the application holds.
    var closesWhenSettled = false
    /// Why the broker closed it, or its other half.
    var failure: AMQPError?

    init(number: UInt16, halves: ChannelHalves? = nil) {
        self.number = number
        self.halves = halves
    }

    func consumes(from queue: String) -> Bool {
        consumer?.consumption.queue == queue && !isCancelled && failure == nil
    }

    /// Whether the shutdown has to wait for an answer here.
    var isQuiet: Bool { confirms.count == 0 && pending.isEmpty }

    // MARK: Streams

    /// What a stream delivers says so, from the first on: with others it is not looked for.
    func notePosition(of content: ReceivedContent) {
        let tag = content.method.deliveryTag
        guard streamPosition != nil || tag == 1,
            let offset = content.properties.headers[StreamPosition.name]?.integer
        else { return }
        if streamPosition == nil { streamPosition = StreamPosition() }
        streamPosition?.delivered(tag, offset: offset)
    }

    /// Where the consumer goes on; where it began, if it has not come any further.
    var resumption: Request.Consumption? {
        var consumption = consumer?.consumption
        if let next = streamPosition?.next { consumption?.arguments[StreamPosition.name] = .int64(next) }
        return consumption
    }
}
