public import MessagingTracing
public import TracingCore

/// A queue's deliveries, one by one, and what handles them, as a part of a service. It stops apart from the connection: while
/// it finishes its last message, the handler may still publish.
public struct AMQPMessageService: LifecycleComponent {
    private let consumer: ServiceConsumer
    private let onError: AMQPFailureAction
    private let spanParent: ConsumerSpanParent
    private let handler: @Sendable (AMQPDelivery) async throws -> Void

    /// The loop of ``AMQPChannel/run(queue:prefetch:exclusive:arguments:onError:spanParent:isolation:_:)``, to be run later on a
    /// channel of its own. A message whose handler returned is acknowledged at once; what happens to one whose handler threw
    /// is `onError`.
    public init(
        _ connection: AMQPConnection, queue: String, prefetch: Int = 100, exclusive: Bool = false,
        arguments: AMQPTable = [:], onError: AMQPFailureAction = .requeueAndThrow,
        spanParent: ConsumerSpanParent = .ownTrace,
        _ handler: @escaping @Sendable (AMQPDelivery) async throws -> Void
    ) {
        consumer = ServiceConsumer(
            AMQPDeliveries(
                connection: connection, queue: queue, prefetch: prefetch, exclusive: exclusive, arguments: arguments
            ).makeLease())
        self.onError = onError
        self.spanParent = spanParent
        self.handler = handler
    }

    public func run() async throws {
        try await runUntilShutdown {
            try await consumer.run {
                try await AMQPDeliveries.Iterator(lease: consumer.lease).run(
                    onError: onError, spanParent: spanParent, isolation: nil, handler)
            }
        }
    }

    /// No further message is taken; the one in the handler is finished and acknowledged.
    public func beginShutdown() { consumer.lease.end() }

    public func shutdown(timeout: Duration) async { await consumer.finished(timeout: timeout) }
}
