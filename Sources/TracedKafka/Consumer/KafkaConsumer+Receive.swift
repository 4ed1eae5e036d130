import MessagingTracing
import SpanlinkRuntime
import TracingCore

// Pulls that the application makes itself: each has a receive span, made when the pull returns and started with the call,
// so that its links are there from the start.
extension KafkaConsumer {
    /// The next message; waits for it without limit.
    ///
    /// - Throws: ``KafkaError``, `closed` when the consumer was shut down; `CancellationError`.
    public nonisolated(nonsending) func receive() async throws -> KafkaMessage {
        while true {
            if let message = try await receive(maxCount: 1, maxWait: .zero, .unlimited, isBatch: false).first {
                return message
            }
        }
    }

    /// The next message, or nil when none comes within `maxWait`.
    ///
    /// - Throws: ``KafkaError``: `brokersUnavailable` or `authentication` when no broker can be reached, `closed` when
    ///   the consumer was shut down; `CancellationError`.
    public nonisolated(nonsending) func receive(maxWait: Duration) async throws -> KafkaMessage? {
        try await receive(maxCount: 1, maxWait: .zero, .atMost(maxWait), isBatch: false).first
    }

    /// What is there within `maxWait`, at most `maxCount` messages: sooner when they are complete, perhaps none.
    ///
    /// - Throws: ``KafkaError``: `invalidArgument`; `brokersUnavailable` or `authentication` when no broker can be reached;
    ///   `closed` when the consumer was shut down; `CancellationError` when there was nothing to return.
    public nonisolated(nonsending) func receive(maxCount: Int, maxWait: Duration) async throws -> KafkaMessageBatch {
        try await receive(maxCount: maxCount, maxWait: maxWait, .atMost(maxWait), isBatch: true)
    }

    private nonisolated(nonsending) func receive(
        maxCount: Int, maxWait: Duration, _ firstWait: FirstWait, isBatch: Bool
    ) async throws -> KafkaMessageBatch {
        let start = Timestamp.now
        let batch: KafkaMessageBatch
        do {
            guard
                let pulled = try await nextBatch(maxCount: maxCount, maxWait: maxWait, firstWait: firstWait, in: nil)
            else { throw KafkaError.closed }
            batch = pulled
        } catch {
            // A cancelled wait is no failed operation.
            if !(error is CancellationError) {
                topics.instrumentation.recordReceive(
                    nil, from: subscribedChannel, since: start, isBatch: isBatch, failure: OperationFailure(error))
            }
            throw error
        }
        let instrumentation = topics.instrumentation
        let backend = instrumentation.backend(in: .current)
        if backend.isObserving {
            batch.storage.readLinks(for: backend)
            instrumentation.recordReceive(
                batch.storage.links(for: backend), from: subscribedChannel, since: start, isBatch: isBatch)
        }
        return batch
    }

    /// Where a pull looks, when it is one place.
    var subscribedChannel: MessageChannel {
        if subscription.count == 1, !subscription[0].hasPrefix("^") { return topics.channel(to: subscription[0]) }
        return topics.instrumentation.anyDestination
    }
}
