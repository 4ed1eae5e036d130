import Synchronization
internal import TracingCore

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
    private let isCancelled = Atomic<Bool>(false)
    /// Kept open until then.
    private let connection: AMQPConnection
    /// Loops that own the handling: the connection's shutdown waits for them.
    var loops: ActiveLoops { connection.loops }

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

    deinit { cancel() }

    /// No more deliveries are handed out: loops end.
    func end() { queue.end() }

    /// Ends the consumer. A further call does nothing.
    func cancel() {
        guard isStarted.load(ordering: .acquiring), !isCancelled.exchange(true, ordering: .acquiringAndReleasing) else {
            return
        }
        queue.end()
        core.unregister(queue)
        core.submit(CancelConsumer(on: id))
    }

    func log(_ level: LogLevel, _ message: String) { core.log(level, message) }

    nonisolated(nonsending) func next(maxCount: Int, maxWait: Duration) async throws -> [DeliveryStorage] {
        if queue.hasEnded { return [] }
        if !isStarted.exchange(true, ordering: .acquiringAndReleasing) {
            do { try await start() } catch {
                // Whoever pulls again hears the same, and does not wait for what never comes.
                if let error = error as? AMQPError { queue.fail(error) }
                throw error
            }
        }
        return try await queue.next(maxCount: maxCount, maxWait: maxWait)
    }

    private nonisolated(nonsending) func start() async throws {
        guard !queueName.isEmpty else {
            throw AMQPError(.invalidArgument, "A consumer needs the name of a queue; it is empty")
        }
        guard (1...65_535).contains(prefetch) else {
            throw AMQPError(.invalidArgument, "The prefetch count is from 1 to 65535: nothing is without bound")
        }
        let consume = Request.consume(
            .init(queue: queueName, consumerTag: "spanlink-\(id.value)", exclusive: exclusive, arguments: arguments))
        // Before there is a channel.
        try consume.check(maxFrameSize: core.maxFrameSize)
        core.register(queue)
        try await step(.openChannel)
        try await step(.prefetch(UInt16(prefetch)))
        try await step(consume)
    }

    /// What a lost connection interrupts is done with the next one, as for any consumer.
    private nonisolated(nonsending) func step(_ request: Request) async throws {
        do {
            try await core.call(request, on: id, consumer: queue)
        } catch let error as AMQPError where error.code == .connectionLost {}
    }
}
