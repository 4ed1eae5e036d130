import MessagingTracing
import SpanlinkRuntime
import TracingCore

extension KafkaConsumer {
    /// Commits that this message, and with it all before it in its partition, is done. Waits for the broker's answer. Where
    /// less is stored, this is stored too: the background commits nothing older then, and may make up for a commit that fails.
    ///
    /// - Throws: ``KafkaError``: `fenced` when a message up to this one failed and has not succeeded since (nothing is
    ///   committed then); `assignmentLost` when the partition was revoked after the message was pulled;
    ///   `rebalanceInProgress` when the broker takes no commits for the moment; `brokersUnavailable` or `authentication`
    ///   when none can be reached within `session.timeout.ms`.
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
        try await operation.run { try await send(commitOf: nil) }
    }

    /// Marks the message as done: it is committed in the background (`auto.commit.interval.ms`) and at the end; with
    /// `enable.auto.commit=false` by ``commit()`` alone. Never past a message that failed and has not succeeded since: up to
    /// that one is stored then, and what was stored before it failed is taken back. What was committed by then is not.
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
    func fail(_ messages: [CommitFence.Messages]) {
        let isInUse = handle.acquire()
        defer { if isInUse { handle.release() } }
        events.commits.fail(messages, on: isInUse ? handle : nil)
    }

    /// Whether the handling of any message has failed and not succeeded since.
    var hasFailures: Bool { events.commits.hasFailures }

    /// Handling these messages succeeded, perhaps after it had failed.
    func succeed(_ messages: [CommitFence.Messages]) { events.commits.succeed(messages) }

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
        try await operation.run { try await send(commitOf: spans) }
    }

    /// Commits these messages, or what is stored when they are nil.
    private nonisolated(nonsending) func send(commitOf messages: [CommitFence.Messages]?) async throws {
        guard group != nil else {
            throw KafkaError(.invalidConfiguration, "Offsets are committed to a group. Name one in the configuration")
        }
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        let (handle, events) = (handle, events)
        let failure = await withCheckedContinuation { events.commits.begin($0, of: messages, on: handle) }
        if let failure { throw failure }
    }

    /// Commits what a loop could only store, where librdkafka does not do that by itself.
    nonisolated(nonsending) func commitWhatWasPutOff() async {
        guard hasPutOff.exchange(false, ordering: .acquiringAndReleasing) else { return }
        do {
            try await send(commitOf: nil)
        } catch {
            hasPutOff.store(true, ordering: .releasing)
            handle.log(.warning, "What was handled could not be committed: \(error)")
        }
    }

    private func store(_ messages: [CommitFence.Messages]) throws {
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        try events.commits.store(messages, on: handle)
    }
}
