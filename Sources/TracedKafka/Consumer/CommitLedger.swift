/// What Kafka commits: the offset after the last message of a partition that is done.
struct NextOffset: Hashable {
    var partition: KafkaPartition
    var offset: Int64
}

/// What may be committed of the messages that were handed out, and what librdkafka commits by itself. Rules only, no lock.
///
/// librdkafka commits what it has *stored* in the background, and once more when a partition goes: then even if more was
/// committed meanwhile. So what is stored follows what is committed and what failed.
struct CommitLedger {
    typealias Messages = CommitFence.Messages

    private(set) var fence = CommitFence()
    private var revocations = Revocations()
    /// The next offsets that librdkafka has stored.
    private(set) var stored: [KafkaPartition: Int64] = [:]

    /// What messages that are pulled now carry.
    var epoch: UInt64 { revocations.epoch }

    // MARK: Assignments

    /// Reading these partitions starts anew.
    mutating func assign(_ partitions: [KafkaPartition]) {
        fence.forget(partitions)
        for partition in partitions { stored[partition] = nil }
    }

    /// These partitions go. What was pulled of them before is not settled any more, and what failed of them is their next
    /// owner's to handle.
    mutating func revoke(_ partitions: [KafkaPartition]) {
        revocations.revoke(partitions)
        assign(partitions)
    }

    /// Whatever was assigned goes.
    mutating func revokeAll() {
        revocations.revokeAll()
        fence = CommitFence()
        stored = [:]
    }

    /// Those whose partition was not revoked after they were pulled, and the partition of the first of the others.
    func divide(_ messages: [Messages]) -> (current: [Messages], revoked: KafkaPartition?) {
        guard let revoked = messages.first(where: revocations.include) else { return (messages, nil) }
        return (messages.filter { !revocations.include($0) }, revoked.partition)
    }

    // MARK: Handling

    /// Handling these messages failed.
    ///
    /// - Returns: What is to be stored instead of what is, which lies past them.
    mutating func fail(_ messages: [Messages]) -> [NextOffset] {
        let current = divide(messages).current
        fence.fail(current)
        return Set(current.map(\.partition)).compactMap { partition in
            guard let next = stored[partition], fence.covers(partition, next: next) else { return nil }
            return NextOffset(partition: partition, offset: fence.clamp(partition, next: next))
        }
    }

    /// Handling these messages succeeded, perhaps after it had failed.
    mutating func succeed(_ messages: [Messages]) {
        if !fence.isEmpty { fence.succeed(divide(messages).current) }
    }

    /// Reading goes on there: what is before it is given up if it failed.
    mutating func seek(to target: KafkaPartitionOffset) {
        switch target.offset {
        case .offset(let offset): fence.succeed([.init(partition: target.partition, first: 0, last: offset - 1)])
        case .end: fence.forget([target.partition])
        case .beginning, .stored: break
        }
    }

    // MARK: Next offsets

    /// What a commit of these messages sends. They are not revoked.
    ///
    /// - Throws: `fenced` when it would pass a message that failed.
    func offsets(toCommit messages: [Messages]) throws(KafkaError) -> [NextOffset] {
        for message in messages where fence.covers(message.partition, next: message.last + 1) {
            throw KafkaError(
                .fenced,
                "Committing \(message.partition) at \(message.last + 1) would pass the message at "
                    + "\(fence.firstFailed(in: message.partition) ?? 0), whose handling failed. Handle it again first")
        }
        if messages.count == 1 { return [NextOffset(partition: messages[0].partition, offset: messages[0].last + 1)] }
        // Of one partition there may be messages of several epochs.
        return Dictionary(messages.map { ($0.partition, $0.last + 1) }, uniquingKeysWith: max)
            .map { NextOffset(partition: $0.key, offset: $0.value) }
    }

    /// What is to be stored for these messages of one batch: not past one that failed. They are not revoked.
    func offsets(toStore messages: [Messages]) -> [NextOffset] {
        messages.map {
            NextOffset(partition: $0.partition, offset: fence.clamp($0.partition, next: $0.last + 1))
        }
    }

    /// Of what is being committed, that which has less stored.
    func ahead(_ offsets: [NextOffset]) -> [NextOffset] {
        if stored.isEmpty { return [] }
        return offsets.filter { next in stored[next.partition].map { $0 < next.offset } ?? false }
    }

    /// librdkafka has stored this.
    mutating func noteStored(_ next: NextOffset) { stored[next.partition] = next.offset }

    /// What librdkafka has stored of this partition, if anything, is not known.
    mutating func forgetStored(_ partition: KafkaPartition) { stored[partition] = nil }
}
