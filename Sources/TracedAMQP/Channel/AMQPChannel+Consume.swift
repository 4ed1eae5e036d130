internal import MessagingTracing
internal import TracingCore

// Loops of the application over deliveries: processing is said where it happens, with `process`.
extension AMQPChannel {
    /// Deliveries of a queue, one at a time. The consumer starts with the first, and ends when the iterator goes away or the
    /// connection is shut down; it outlives the channel, and comes back after a lost connection.
    ///
    /// - Parameters:
    ///   - prefetch: how many deliveries the broker sends before some are settled: as many lie in memory at most.
    ///   - exclusive: whether the queue is to have no other consumer.
    ///   - arguments: such as `x-priority`. Of a stream, `x-stream-offset` says where the consumer begins; after a lost
    ///     connection it goes on with the first message that was not settled, or, before any was delivered, begins again.
    public func deliveries(
        queue: String, prefetch: Int = 100, exclusive: Bool = false, arguments: AMQPTable = [:]
    ) -> AMQPDeliveries {
        AMQPDeliveries(
            connection: connection, queue: queue, prefetch: prefetch, exclusive: exclusive, arguments: arguments)
    }

    /// Deliveries of a queue in batches of up to `maxCount`: each waits for its first delivery without limit, then up to
    /// `maxWait` for more. See ``deliveries(queue:prefetch:exclusive:arguments:)``.
    ///
    /// - Parameter prefetch: at least `maxCount`, else a batch could never be complete; twice as many unless said.
    public func batches(
        queue: String, maxCount: Int, maxWait: Duration, prefetch: Int? = nil, exclusive: Bool = false,
        arguments: AMQPTable = [:]
    ) -> AMQPBatches {
        AMQPBatches(
            maxCount: maxCount, maxWait: maxWait,
            deliveries: AMQPDeliveries(
                connection: connection, queue: queue,
                prefetch: AMQPBatches.prefetch(prefetch, maxCount: maxCount), exclusive: exclusive, arguments: arguments
            ))
    }
}

/// Deliveries of a queue, one at a time. Each iterator is a consumer of its own.
public struct AMQPDeliveries: AsyncSequence, Sendable {
    let connection: AMQPConnection
    let queue: String
    let prefetch: Int
    let exclusive: Bool
    let arguments: AMQPTable

    public func makeAsyncIterator() -> Iterator { Iterator(lease: makeLease()) }

    func makeLease() -> ConsumerLease {
        ConsumerLease(connection, queue: queue, prefetch: prefetch, exclusive: exclusive, arguments: arguments)
    }

    /// Takes the next delivery when asked.
    public struct Iterator: AsyncIteratorProtocol {
        let lease: ConsumerLease
        let loop = ConsumerLoop()

        /// The next delivery; nil when the connection was shut down.
        ///
        /// - Throws: ``AMQPError``: `notFound`, `consumerCancelled`, …; `CancellationError`.
        public nonisolated(nonsending) func next() async throws -> AMQPDelivery? {
            guard let storage = try await lease.next(maxCount: 1, maxWait: .zero).first else { return nil }
            let delivery = AMQPDelivery(storage, in: loop)
            let instrumentation = delivery.channel.instrumentation
            if instrumentation.backend(in: .current).isObserving {
                var facts = MessageFacts()
                delivery.state(&facts)
                instrumentation.countDelivered(facts, from: delivery.channel)
            }
            return delivery
        }

        public func next(isolation actor: isolated (any Actor)?) async throws -> AMQPDelivery? { try await next() }
    }
}

/// Deliveries of a queue in batches. Each iterator is a consumer of its own.
public struct AMQPBatches: AsyncSequence, Sendable {
    let maxCount: Int
    let maxWait: Duration
    let deliveries: AMQPDeliveries

    public func makeAsyncIterator() -> Iterator {
        Iterator(lease: deliveries.makeLease(), maxCount: maxCount, maxWait: maxWait)
    }

    /// Enough for a batch to be complete, and for the next to come while it is handled.
    static func prefetch(_ wanted: Int?, maxCount: Int) -> Int {
        let usual = maxCount > 0 && maxCount <= 65_535 ? Swift.min(maxCount * 2, 65_535) : maxCount
        return Swift.max(wanted ?? usual, maxCount)
    }

    /// Takes the next batch when asked.
    public struct Iterator: AsyncIteratorProtocol {
        let lease: ConsumerLease
        let maxCount: Int
        let maxWait: Duration
        let loop = ConsumerLoop()

        /// The next batch, never an empty one; nil when the connection was shut down.
        ///
        /// - Throws: ``AMQPError``: `invalidArgument`, `notFound`, `consumerCancelled`, …; `CancellationError`.
        public nonisolated(nonsending) func next() async throws -> AMQPDeliveryBatch? {
            guard maxCount > 0, maxCount <= 65_535, maxWait >= .zero else {
                throw AMQPError(.invalidArgument, "maxCount is from 1 to 65535, maxWait zero or more")
            }
            let storages = try await lease.next(maxCount: maxCount, maxWait: maxWait)
            return storages.isEmpty ? nil : AMQPDeliveryBatch(storages, in: loop)
        }

        public func next(isolation actor: isolated (any Actor)?) async throws -> AMQPDeliveryBatch? {
            try await next()
        }
    }
}
