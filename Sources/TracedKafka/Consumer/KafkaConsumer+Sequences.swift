import MessagingTracing
import SpanlinkRuntime
import TracingCore

// Loops of the application over messages: processing is said where it happens, with `process`.
extension KafkaConsumer {
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
            let loop = ConsumerLoop()

            public nonisolated(nonsending) func next() async throws -> KafkaMessage? {
                try await consumer.nextMessage(in: loop)
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
            let loop = ConsumerLoop()

            public nonisolated(nonsending) func next() async throws -> KafkaMessageBatch? {
                try await consumer.nextBatch(maxCount: maxCount, maxWait: maxWait, in: loop)
            }

            public func next(isolation actor: isolated (any Actor)?) async throws -> KafkaMessageBatch? {
                try await next()
            }
        }
    }
}

extension KafkaConsumer {
    /// The next message for a loop; nil when the consumer was shut down.
    nonisolated(nonsending) func nextMessage(in loop: ConsumerLoop) async throws -> KafkaMessage? {
        while let batch = try await nextBatch(maxCount: 1, maxWait: .zero, firstWait: .unlimited, in: loop) {
            guard let message = batch.first else { continue }
            let channel = message.channel
            let backend = channel.instrumentation.backend(in: .current)
            if backend.isObserving { message.storage.parseHeaders() }
            if backend.meterProvider.isEnabled {
                var facts = MessageFacts()
                message.state(&facts)
                channel.instrumentation.countDelivered(facts, from: channel)
            }
            return message
        }
        return nil
    }

    /// The next batch for a loop, never an empty one; nil when the consumer was shut down.
    nonisolated(nonsending) func nextBatch(
        maxCount: Int, maxWait: Duration, in loop: ConsumerLoop
    ) async throws -> KafkaMessageBatch? {
        while let batch = try await nextBatch(
            maxCount: maxCount, maxWait: maxWait, firstWait: .unlimited, in: loop)
        {
            if batch.isEmpty { continue }
            let instrumentation = topics.instrumentation
            let backend = instrumentation.backend(in: .current)
            batch.storage.readLinks(for: backend)
            if backend.isObserving, let links = batch.storage.links(for: backend) {
                instrumentation.countDelivered(links)
            }
            return batch
        }
        return nil
    }
}
