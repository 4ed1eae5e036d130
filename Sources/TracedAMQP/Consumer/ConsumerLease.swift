import Synchronization

/// A consumer on a channel of its own, for as long as someone holds this: `multiple` then never speaks of others' deliveries.
/// It starts with the first pull. Deliveries that were taken may be settled after it has ended.
final class ConsumerLease: Sendable {
    private let core: ConnectionCore
    private let id: ChannelID
    private let queueName: String
    private let prefetch: Int
    private let arguments: AMQPTable
    private let exclusive: Bool
    private let queue: ConsumerQueue
    private let isStarted = Atomic<Bool>(false)
    /// Kept open until then.
    private let connection: AMQPConnection

    init(_ connection: AMQPConnection, queue: String, prefetch: Int, exclusive: Bool, arguments: AMQPTable) {
        self.connection = connection
        core = connection.core
        id = core.newChannelID()
        queueName = queue
        self.prefetch = prefetch
        self.exclusive = exclusive
        self.arguments = arguments
        self.queue = ConsumerQueue(core, channel: id, queue: queue)
    }

    deinit {
        guard isStarted.load(ordering: .acquiring) else { return }
        core.unregister(queue)
        core.submit(CancelConsumer(on: id))
    }

    nonisolated(nonsending) func next(maxCount: Int, maxWait: Duration) async throws -> [DeliveryStorage] {
        if !isStarted.exchange(true, ordering: .acquiringAndReleasing) { try await start() }
        return try await queue.next(maxCount: maxCount, maxWait: maxWait)
    }

    private nonisolated(nonsending) func start() async throws {
        guard !queueName.isEmpty, queueName.utf8.count <= 255 else {
            throw AMQPError(.invalidArgument, "A consumer needs the name of a queue, of at most 255 bytes")
        }
        guard (1...65_535).contains(prefetch) else {
            throw AMQPError(.invalidArgument, "The prefetch count is from 1 to 65535: nothing is without bound")
        }
        core.register(queue)
        try await step(.openChannel)
        try await step(.prefetch(UInt16(prefetch)))
        try await step(
            .consume(
                .init(queue: queueName, consumerTag: "spanlink-\(id.value)", exclusive: exclusive, arguments: arguments)
            ))
    }

    /// What a lost connection interrupts is done with the next one, as for any consumer.
    private nonisolated(nonsending) func step(_ request: Request) async throws {
        do {
            try await core.call(request, on: id, consumer: queue)
        } catch let error as AMQPError where error.code == .connectionLost {}
    }
}
