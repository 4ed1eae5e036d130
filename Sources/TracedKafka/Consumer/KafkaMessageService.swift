public import MessagingTracing
public import TracingCore

/// A consumer's messages, one by one, and what handles them, as a part of a service.
public struct KafkaMessageService: LifecycleComponent {
    private let consumer: KafkaConsumer
    private let spanParent: ConsumerSpanParent
    private let committing: KafkaCommitting
    private let handler: @Sendable (KafkaMessage) async throws -> Void

    /// The loop of ``KafkaConsumer/run(spanParent:committing:isolation:_:)``, to be run later.
    public init(
        _ consumer: KafkaConsumer, spanParent: ConsumerSpanParent = .ownTrace,
        committing: KafkaCommitting = .background, _ handler: @escaping @Sendable (KafkaMessage) async throws -> Void
    ) {
        self.consumer = consumer
        self.spanParent = spanParent
        self.committing = committing
        self.handler = handler
    }

    public func run() async throws {
        try await runUntilShutdown {
            try await consumer.run(spanParent: spanParent, committing: committing, isolation: nil, handler)
        }
    }

    /// No further message is taken; the one in the handler is finished and committed.
    public func beginShutdown() { consumer.beginShutdown() }

    public func shutdown(timeout: Duration) async { await consumer.shutdown(timeout: timeout) }
}
