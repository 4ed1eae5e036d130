extension KafkaConsumer {
    /// The next message; waits for it without limit.
    ///
    /// - Throws: ``KafkaError``, `closed` when the consumer was shut down; `CancellationError`.
    public nonisolated(nonsending) func receive() async throws -> KafkaMessage {
        while true {
            guard let batch = try await nextBatch(maxCount: 1, maxWait: .zero, firstWait: .unlimited) else {
                throw KafkaError.closed
            }
            if let message = batch.first { return message }
        }
    }

    /// The next message, or nil when none comes within `maxWait`.
    ///
    /// - Throws: ``KafkaError``: `brokersUnavailable` when no broker can be reached, `closed` when the consumer was shut
    ///   down; `CancellationError`.
    public nonisolated(nonsending) func receive(maxWait: Duration) async throws -> KafkaMessage? {
        guard let batch = try await nextBatch(maxCount: 1, maxWait: .zero, firstWait: .atMost(maxWait)) else {
            throw KafkaError.closed
        }
        return batch.first
    }

    /// What is there within `maxWait`, at most `maxCount` messages: sooner when they are complete, perhaps none.
    ///
    /// - Throws: ``KafkaError``: `invalidArgument`; `brokersUnavailable` when no broker can be reached; `closed` when the
    ///   consumer was shut down; `CancellationError` when there was nothing to return.
    public nonisolated(nonsending) func receive(maxCount: Int, maxWait: Duration) async throws -> KafkaMessageBatch {
        guard let batch = try await nextBatch(maxCount: maxCount, maxWait: maxWait, firstWait: .atMost(maxWait)) else {
            throw KafkaError.closed
        }
        return batch
    }

    /// Messages one at a time, each pulled when it is asked for. Ends when the consumer is shut down.
    public var messages: Messages { Messages(consumer: self) }

    /// Batches of up to `maxCount` messages: each waits for its first message without limit, then up to `maxWait` for
    /// more. Ends when the consumer is shut down. An argument out of range is thrown by the first `next()`.
    public func batches(maxCount: Int, maxWait: Duration) -> Batches {
        Batches(consumer: self, maxCount: maxCount, maxWait: maxWait)
    }

    /// Messages one at a time. See ``KafkaConsumer/messages``.
    public struct Messages: AsyncSequence, Sendable {
        let consumer: KafkaConsumer

        public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

        /// Pulls the next message when asked.
        public struct Iterator: AsyncIteratorProtocol {
            let consumer: KafkaConsumer

            public nonisolated(nonsending) func next() async throws -> KafkaMessage? {
                while let batch = try await consumer.nextBatch(maxCount: 1, maxWait: .zero, firstWait: .unlimited) {
                    if let message = batch.first { return message }
                }
                return nil
            }

            public func next(isolation actor: isolated (any Actor)?) async throws -> KafkaMessage? { try await next() }
        }
    }

    /// Batches of messages. See ``KafkaConsumer/batches(maxCount:maxWait:)``.
    public struct Batches: AsyncSequence, Sendable {
        let consumer: KafkaConsumer
        let maxCount: Int
        let maxWait: Duration

        public func makeAsyncIterator() -> Iterator {
            Iterator(consumer: consumer, maxCount: maxCount, maxWait: maxWait)
        }

        /// Pulls the next batch when asked.
        public struct Iterator: AsyncIteratorProtocol {
            let consumer: KafkaConsumer
            let maxCount: Int
            let maxWait: Duration

            public nonisolated(nonsending) func next() async throws -> KafkaMessageBatch? {
                while let batch = try await consumer.nextBatch(
                    maxCount: maxCount, maxWait: maxWait, firstWait: .unlimited)
                {
                    if !batch.isEmpty { return batch }
                }
                return nil
            }

            public func next(isolation actor: isolated (any Actor)?) async throws -> KafkaMessageBatch? {
                try await next()
            }
        }
    }
}
