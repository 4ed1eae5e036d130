import CLibrdkafka
import MessagingTracing
import Synchronization
import TracingCore

extension KafkaConsumer {
    /// Commits that this message, and with it all before it in its partition, is done. Waits for the broker's answer.
    ///
    /// - Throws: ``KafkaError``: `fenced` when a message up to this one failed and has not succeeded since (nothing is
    ///   committed then); `assignmentLost` when the partition was revoked after the message was pulled;
    ///   `rebalanceInProgress` when the broker takes no commits for the moment.
    public nonisolated(nonsending) func commit(_ message: KafkaMessage) async throws {
        var facts = MessageFacts()
        facts.partition = message.partition
        facts.position = message.offset
        let spans = message.storage.spans(message.index..<(message.index + 1))
        try await commit(spans, topics.instrumentation.startSettle("commit", from: message.channel, facts))
    }

    /// Commits that all messages of the batch are done, in every partition it has messages of. Where only some of them were
    /// revoked, the others are committed, and `assignmentLost` is thrown. See ``commit(_:)-(KafkaMessage)``.
    public nonisolated(nonsending) func commit(_ batch: KafkaMessageBatch) async throws {
        guard !batch.isEmpty else { return }
        try await commit(batch.spans(), messageCount: batch.count)
    }

    /// Commits the stored offsets now instead of in the background, and waits for the answer.
    public nonisolated(nonsending) func commit() async throws {
        let operation = topics.instrumentation.startSettle("commit", from: subscribedChannel)
        try await operation.run { try await commit(list: nil) }
    }

    /// Marks the message as done: it is committed in the background (`auto.commit.interval.ms`) and at the end. Never past
    /// a message that failed and has not succeeded since: up to that one is stored then.
    ///
    /// - Throws: ``KafkaError`` with `assignmentLost` when the partition was revoked after the message was pulled.
    public func store(offsetOf message: KafkaMessage) throws {
        try store(message.storage.spans(message.index..<(message.index + 1)))
    }

    /// Marks all messages of the batch as done. See ``store(offsetOf:)``.
    public func store(offsetsOf batch: KafkaMessageBatch) throws {
        guard !batch.isEmpty else { return }
        try store(batch.spans())
    }

    /// Handling these messages failed: no commit passes them from now on.
    func fail(_ spans: [CommitFence.Messages]) {
        events.fence.withLock { fence in fence.fail(events.divide(spans).current) }
    }

    /// Whether the handling of any message has failed and not succeeded since.
    var hasFailures: Bool { events.fence.withLock { !$0.isEmpty } }

    /// Handling these messages succeeded, perhaps after it had failed.
    func succeed(_ spans: [CommitFence.Messages]) {
        events.fence.withLock { fence in
            if !fence.isEmpty { fence.succeed(events.divide(spans).current) }
        }
    }

    /// Commits several messages: what they have in common is said on the span.
    nonisolated(nonsending) func commit(_ spans: [CommitFence.Messages], messageCount: Int) async throws {
        var facts = MessageFacts()
        if spans.count == 1 { facts.partition = spans[0].partition.partition }
        if messageCount == 1, spans.count == 1 { facts.position = spans[0].last }
        let isOneTopic = spans.allSatisfy { $0.partition.topic == spans[0].partition.topic }
        let channel = isOneTopic ? topics.channel(to: spans[0].partition.topic) : topics.instrumentation.anyDestination
        try await commit(
            spans, topics.instrumentation.startSettle("commit", from: channel, facts, messageCount: messageCount))
    }

    private nonisolated(nonsending) func commit(
        _ spans: [CommitFence.Messages], _ operation: SettleOperation
    ) async throws {
        try await operation.run { try await commit(spans) }
    }

    private nonisolated(nonsending) func commit(_ spans: [CommitFence.Messages]) async throws {
        let (current, revoked) = events.divide(spans)
        try events.fence.withLock { fence in
            if fence.isEmpty { return }
            for span in current where fence.covers(span.partition, next: span.last + 1) {
                throw KafkaError(
                    .fenced,
                    "Committing \(span.partition) at \(span.last + 1) would pass the message at "
                        + "\(fence.firstFailed(in: span.partition) ?? 0), whose handling failed. Handle it again first")
            }
        }
        if !current.isEmpty {
            // Of one partition there may be messages of several epochs.
            let offsets = Dictionary(current.map { ($0.partition, $0.last + 1) }, uniquingKeysWith: max)
            try await commit(
                list: PartitionList(offsets.map { KafkaPartitionOffset($0.key, .offset($0.value)) }), of: current)
        }
        if let revoked { throw KafkaError.revoked(revoked.partition) }
    }

    private nonisolated(nonsending) func commit(
        list: PartitionList?, of spans: [CommitFence.Messages] = []
    ) async throws {
        guard group != nil else {
            throw KafkaError(.invalidConfiguration, "Offsets are committed to a group. Name one in the configuration")
        }
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        let (handle, events) = (handle, events)
        let failure = await withCheckedContinuation { continuation in
            events.begin(PendingCommit(continuation), of: spans) { handle.commit(list, $0) }
        }
        if let failure { throw failure }
    }

    private func store(_ spans: [CommitFence.Messages]) throws {
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        let (current, revoked) = events.divide(spans)
        if let revoked {
            if !current.isEmpty { try store(current) }
            throw KafkaError.revoked(revoked.partition)
        }
        let list = events.fence.withLock { fence in
            PartitionList(
                spans.map { KafkaPartitionOffset($0.partition, .offset(fence.clamp($0.partition, next: $0.last + 1))) })
        }
        let error = list.withRaw { rd_kafka_offsets_store(handle.raw, $0) }
        if let failure = list.firstError("Storing the offset") { throw failure }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, "Storing offsets") }
    }
}
