import CLibrdkafka
public import MessagingTracing
import Synchronization
import TracingCore

extension KafkaConsumer {
    // MARK: Commit and store

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

    // MARK: Where it stands

    /// The offset of the next message that a pull returns; nil before the first. Local, without asking a broker.
    public func position(of partition: KafkaPartition) throws -> Int64? {
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        let list = PartitionList([KafkaPartitionOffset(partition, .stored)])
        let error = list.withRaw { rd_kafka_position(handle.raw, $0) }
        if let failure = list.firstError("Position") { throw failure }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, "Position of \(partition)") }
        return list.offsets.first.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The offsets that the group committed, as the broker has them; partitions without one are left out.
    public nonisolated(nonsending) func committed(
        _ partitions: [KafkaPartition], timeout: Duration = .seconds(10)
    ) async throws -> [KafkaPartition: Int64] {
        let list = PartitionList(partitions.map { KafkaPartitionOffset($0, .stored) })
        try await blocking("Committed offsets") { client in
            list.withRaw { rd_kafka_committed(client, $0, timeout.wholeMilliseconds) }
        }
        if let failure = list.firstError("Committed offset") { throw failure }
        var offsets: [KafkaPartition: Int64] = [:]
        for (partition, offset) in zip(list.partitions, list.offsets) where offset >= 0 {
            offsets[partition] = offset
        }
        return offsets
    }

    /// The partitions that are read here at the moment.
    public nonisolated(nonsending) func assignment() async throws -> [KafkaPartition] {
        guard handle.acquire() else { throw KafkaError.closed }
        let handle = handle
        let (error, list): (rd_kafka_resp_err_t, PartitionList?) = await BlockingCall.run {
            defer { handle.release() }
            var raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
            let error = rd_kafka_assignment(handle.raw, &raw)
            defer { raw.map(rd_kafka_topic_partition_list_destroy) }
            return (error, raw.map { PartitionList(copying: $0) })
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, "Assignment") }
        return list?.partitions ?? []
    }

    // MARK: Moving

    /// Goes on reading at other offsets. Going past a message that failed gives it up: commits may pass it then.
    public nonisolated(nonsending) func seek(
        to offsets: [KafkaPartitionOffset], timeout: Duration = .seconds(10)
    ) async throws {
        let list = PartitionList(offsets)
        guard handle.acquire() else { throw KafkaError.closed }
        let handle = handle
        let limit = LibraryVersion.seekTimeout(timeout.wholeMilliseconds)
        let failure: KafkaError? = await BlockingCall.run {
            defer { handle.release() }
            guard let error = list.withRaw({ rd_kafka_seek_partitions(handle.raw, $0, limit) }) else {
                return nil
            }
            defer { rd_kafka_error_destroy(error) }
            return KafkaError(rd_kafka_error_code(error), "Seek", text: String(cString: rd_kafka_error_string(error)))
        }
        if let failure = failure ?? list.firstError("Seek") { throw failure }
        events.fence.withLock { fence in
            for target in offsets {
                switch target.offset {
                case .offset(let offset):
                    fence.succeed([.init(partition: target.partition, first: 0, last: offset - 1)])
                case .end: fence.forget([target.partition])
                case .beginning, .stored: break
                }
            }
        }
    }

    /// Hands out nothing more of these partitions until ``resume(_:)`` or until they are revoked. They stay assigned.
    public func pause(_ partitions: [KafkaPartition]) throws {
        try withList(partitions, "Pausing", rd_kafka_pause_partitions)
        events.paused.withLock { $0.formUnion(partitions) }
    }

    /// Hands out messages of these partitions again. Those that are not paused are left alone.
    public func resume(_ partitions: [KafkaPartition]) throws {
        // librdkafka before 2.4 begins anew at an old offset when it resumes a partition that is not paused.
        let paused = events.paused.withLock { $0.intersection(partitions) }
        if paused.isEmpty { return }
        try withList(Array(paused), "Resuming", rd_kafka_resume_partitions)
        events.paused.withLock { $0.subtract(paused) }
    }

    private func withList(
        _ partitions: [KafkaPartition], _ doing: String,
        _ call: (OpaquePointer?, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> rd_kafka_resp_err_t
    ) throws {
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        let list = PartitionList(partitions.map { KafkaPartitionOffset($0, .stored) })
        let error = list.withRaw { call(handle.raw, $0) }
        if let failure = list.firstError(doing) { throw failure }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, doing) }
    }

    private nonisolated(nonsending) func blocking(
        _ doing: String, _ call: @escaping @Sendable (OpaquePointer) -> rd_kafka_resp_err_t
    ) async throws {
        guard handle.acquire() else { throw KafkaError.closed }
        let handle = handle
        let error = await BlockingCall.run {
            defer { handle.release() }
            return call(handle.raw)
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw handle.failure(error, doing) }
    }
}

// MARK: - Messages gathered elsewhere

extension KafkaConsumer: MessageSettler {
    /// Commits the last of these messages in each partition, for ``MessagingTracing/MessageBatch``.
    public func settle(_ messages: [SettlingMessage]) async throws {
        struct Key: Hashable {
            var partition: KafkaPartition
            var epoch: UInt64
        }
        var spans: [Key: CommitFence.Messages] = [:]
        for message in messages {
            let partition = KafkaPartition(topic: message.destination, partition: message.partition)
            let key = Key(partition: partition, epoch: message.epoch)
            let known = spans[key]
            spans[key] = CommitFence.Messages(
                partition: partition, first: min(known?.first ?? .max, message.position),
                last: max(known?.last ?? .min, message.position), epoch: message.epoch)
        }
        guard !spans.isEmpty else { return }
        try await commit(Array(spans.values), messageCount: messages.count)
    }

    public func handling(of messages: [SettlingMessage], succeeded: Bool) {
        // What lies between the messages is none of the handler's.
        var runs: [CommitFence.Messages] = []
        for message in messages.sorted(by: {
            ($0.destination, $0.partition, $0.epoch, $0.position)
                < ($1.destination, $1.partition, $1.epoch, $1.position)
        }) {
            let partition = KafkaPartition(topic: message.destination, partition: message.partition)
            if let last = runs.last, last.partition == partition, last.epoch == message.epoch,
                message.position <= last.last + 1
            {
                runs[runs.count - 1].last = message.position
            } else {
                runs.append(
                    .init(
                        partition: partition, first: message.position, last: message.position, epoch: message.epoch))
            }
        }
        if succeeded { succeed(runs) } else { fail(runs) }
    }
}
