import CLibrdkafka

/// Messages that were pulled together, in the order of the pull; within a partition that is the order of offsets.
/// Copies share the messages. Safe to use from any thread.
public struct KafkaMessageBatch: Sendable, RandomAccessCollection {
    let storage: MessageStorage

    public var startIndex: Int { 0 }
    public var endIndex: Int { storage.count }

    public subscript(position: Int) -> KafkaMessage {
        precondition(position >= 0 && position < storage.count, "Index out of range")
        return KafkaMessage(storage: storage, index: position)
    }

    /// The lowest and highest offset of each partition in the batch: what a commit of the batch is about.
    func spans() -> [CommitFence.Messages] {
        storage.spans(0..<storage.count)
    }
}

extension MessageStorage {
    func spans(_ indices: Range<Int>) -> [CommitFence.Messages] {
        var found: [(topic: OpaquePointer, partition: Int32, first: Int64, last: Int64)] = []
        var latest = 0
        for index in indices {
            let message = message(index).pointee
            if latest >= found.count || found[latest].topic != message.rkt
                || found[latest].partition != message.partition
            {
                if let known = found.firstIndex(where: { $0.topic == message.rkt && $0.partition == message.partition })
                {
                    latest = known
                } else {
                    latest = found.count
                    found.append((message.rkt, message.partition, message.offset, message.offset))
                    continue
                }
            }
            found[latest].first = Swift.min(found[latest].first, message.offset)
            found[latest].last = Swift.max(found[latest].last, message.offset)
        }
        return found.map { span in
            CommitFence.Messages(
                partition: KafkaPartition(topic: topic(of: span.topic).name, partition: span.partition),
                first: span.first, last: span.last, epoch: epoch)
        }
    }
}
