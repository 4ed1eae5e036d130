public import TracingCore

/// A consumer's batches and what handles them, as a part of a service.
///
///     let settle = KafkaBatchService(consumer, maxCount: 500, maxWait: .seconds(1)) { batch in … }
///     try await runUntilTerminated(telemetry, producer, settle)
public struct KafkaBatchService: LifecycleComponent {
    private let consumer: KafkaConsumer
    private let maxCount: Int
    private let maxWait: Duration
    private let committing: KafkaCommitting
    private let handler: @Sendable (KafkaMessageBatch) async throws -> Void

    /// The loop of ``KafkaConsumer/runBatches(maxCount:maxWait:committing:isolation:_:)``, to be run later.
    public init(
        _ consumer: KafkaConsumer, maxCount: Int, maxWait: Duration, committing: KafkaCommitting = .each,
        _ handler: @escaping @Sendable (KafkaMessageBatch) async throws -> Void
    ) {
        self.consumer = consumer
        self.maxCount = maxCount
        self.maxWait = maxWait
        self.committing = committing
        self.handler = handler
    }

    public func run() async throws {
        try await runUntilShutdown {
            try await consumer.runBatches(
                maxCount: maxCount, maxWait: maxWait, committing: committing, isolation: nil, handler)
        }
    }

    /// No further batch is taken; the one in the handler is finished and committed.
    public func beginShutdown() { consumer.beginShutdown() }

    public func shutdown(timeout: Duration) async { await consumer.shutdown(timeout: timeout) }
}
