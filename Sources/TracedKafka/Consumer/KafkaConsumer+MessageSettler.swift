public import MessagingTracing

// Messages gathered elsewhere.
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
