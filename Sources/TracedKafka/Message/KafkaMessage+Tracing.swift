import CLibrdkafka
public import MessagingTracing

/// What the messaging conventions ask of a message, and what settles it later.
extension KafkaMessage: SettleableMessage {
    public var channel: MessageChannel { storage.topic(of: raw.pointee.rkt).channel }

    public func state(_ facts: inout MessageFacts) { pulled.state(&facts) }

    public func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        defer { withExtendedLifetime(storage) {} }
        pulled.readHeaders(read)
    }

    public var settlement: (settler: any MessageSettler, message: SettlingMessage)? {
        guard storage.consumer.group != nil else { return nil }
        return (
            storage.consumer,
            SettlingMessage(destination: topic, partition: partition, position: offset, epoch: storage.epoch)
        )
    }

    private var pulled: PulledMessage {
        PulledMessage(raw: raw, headers: storage.headers(index), channel: channel)
    }
}

extension KafkaMessage {
    /// Runs `handler` in a span of its own that links to the producer, with the message's baggage active. Rethrows what the
    /// handler throws; then no commit passes this message until handling it succeeds.
    ///
    /// The span is the root of its own trace, unless a span became active after the loop over the messages was made, or
    /// the message came from `receive` and a span is active. The handler runs in the caller's isolation.
    ///
    /// - Parameter parent: what else the span may be a child of.
    public func process<Result>(
        parent: ConsumerSpanParent = .ownTrace, isolation: isolated (any Actor)? = #isolation,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        let operation = channel.instrumentation.startProcess(self, parent: parent, in: storage.loop)
        return try await storage.consumer.guarding({ storage.spans(index..<(index + 1)) }, isolation: isolation) {
            try await operation.run(isolation: isolation, handler)
        }
    }

    /// Commits that this message, and with it all before it in its partition, is done. See ``KafkaConsumer/commit(_:)-(KafkaMessage)``.
    public nonisolated(nonsending) func commit() async throws { try await storage.consumer.commit(self) }
}
