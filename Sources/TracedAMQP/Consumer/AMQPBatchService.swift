public import TracingCore

/// A queue's deliveries in batches and what handles them, as a part of a service.
///
///     let settle = AMQPBatchService(amqp, queue: "settlements", maxCount: 500, maxWait: .seconds(1)) { batch in … }
///     try await runUntilTerminated(telemetry, amqp, settle)
///
/// It stops apart from the connection: while it finishes its last batch, the handler may still publish.
public struct AMQPBatchService: LifecycleComponent {
    private let consumer: ServiceConsumer
    private let maxCount: Int
    private let maxWait: Duration
    private let onError: AMQPFailureAction
    private let handler: @Sendable (AMQPDeliveryBatch) async throws -> Void

    /// The loop of ``AMQPChannel/runBatches(queue:maxCount:maxWait:prefetch:exclusive:arguments:onError:isolation:_:)``, to be
    /// run later on a channel of its own. A batch whose handler returned is acknowledged at once; what happens to one whose
    /// handler threw is `onError`.
    public init(
        _ connection: AMQPConnection, queue: String, maxCount: Int, maxWait: Duration, prefetch: Int? = nil,
        exclusive: Bool = false, arguments: AMQPTable = [:], onError: AMQPFailureAction = .requeueAndThrow,
        _ handler: @escaping @Sendable (AMQPDeliveryBatch) async throws -> Void
    ) {
        let prefetch = AMQPBatches.prefetch(prefetch, maxCount: maxCount)
        consumer = ServiceConsumer(
            AMQPDeliveries(
                connection: connection, queue: queue, prefetch: prefetch, exclusive: exclusive, arguments: arguments
            ).makeLease())
        self.maxCount = maxCount
        self.maxWait = maxWait
        self.onError = onError
        self.handler = handler
    }

    public func run() async throws {
        try await runUntilShutdown {
            try await consumer.run {
                try await AMQPBatches.Iterator(lease: consumer.lease, maxCount: maxCount, maxWait: maxWait).run(
                    onError: onError, isolation: nil, handler)
            }
        }
    }

    /// No further batch is taken; the one in the handler is finished and acknowledged.
    public func beginShutdown() { consumer.lease.end() }

    public func shutdown(timeout: Duration) async { await consumer.finished(timeout: timeout) }
}
