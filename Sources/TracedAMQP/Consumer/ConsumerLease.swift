internal import TracingCore

/// A consumer on a channel of its own, for as long as someone holds this: `multiple` then never speaks of others' deliveries.
/// It starts with the first pull. Deliveries that were taken may be settled after it has ended.
final class ConsumerLease: Sendable {
    private let core: ConnectionCore
    private let queue: ConsumerQueue
    private let start: ConsumerStart
    /// Kept open until then.
    private let connection: AMQPConnection
    /// Loops that own the handling: the connection's shutdown waits for them.
    var loops: ActiveLoops { connection.loops }

    init(_ connection: AMQPConnection, queue: String, prefetch: Int, exclusive: Bool, arguments: AMQPTable) {
        self.connection = connection
        core = connection.core
        let channel = core.newChannelID()
        self.queue = ConsumerQueue(core, channel: channel, queue: queue)
        start = ConsumerStart(
            .init(
                queue: queue, consumerTag: "spanlink-\(channel.value)", exclusive: exclusive, arguments: arguments),
            prefetch: prefetch, on: channel, of: core, into: self.queue)
    }

    deinit { cancel() }

    /// No more deliveries are handed out: loops end.
    func end() { queue.end() }

    /// Ends the consumer. A further call does nothing.
    func cancel() { start.cancel() }

    func log(_ level: LogLevel, _ message: String) { core.log(level, message) }

    nonisolated(nonsending) func next(maxCount: Int, maxWait: Duration) async throws -> [DeliveryStorage] {
        if queue.hasEnded { return [] }
        start.begin()
        return try await queue.next(maxCount: maxCount, maxWait: maxWait)
    }
}
