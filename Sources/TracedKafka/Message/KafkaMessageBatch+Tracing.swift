import MessagingTracing
import TracingCore

extension KafkaMessageBatch {
    /// Runs `handler` in one span that links to the producers of all messages. Rethrows what the handler throws; then no
    /// commit passes the batch's first message of each partition until handling it succeeds.
    ///
    /// The span is the root of its own trace, unless a span became active after the loop over the batches was made, or the
    /// batch came from `receive` and a span is active. The handler runs in the caller's isolation.
    public func process<Result>(
        isolation: isolated (any Actor)? = #isolation, _ handler: (KafkaMessageBatch) async throws -> Result
    ) async throws -> Result {
        try await consumer.guarding({ spans() }, isolation: isolation) {
            guard let operation = startProcess() else { return try await handler(self) }
            return try await operation.run(isolation: isolation) { try await handler(self) }
        }
    }

    /// Commits that all messages of the batch are done, in every partition it has messages of.
    public nonisolated(nonsending) func commit() async throws { try await consumer.commit(self) }

    var consumer: KafkaConsumer { storage.consumer }

    /// The span over the batch; `nil` when there is no message or nothing is recorded.
    func startProcess() -> ProcessOperation? {
        let instrumentation = consumer.topics.instrumentation
        let backend = instrumentation.backend(in: .current)
        guard backend.isObserving, let links = storage.links(for: backend) else { return nil }
        return instrumentation.startProcess(links, in: storage.loop)
    }
}
