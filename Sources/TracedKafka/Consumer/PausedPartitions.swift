import CLibrdkafka
import SpanlinkRuntime

/// The partitions that the application has paused. librdkafka must not be asked to resume others: before 2.4 that begins
/// anew at an old offset.
///
/// librdkafka is called under the lock, so that two calls leave behind what the later one was to do. It waits for its main
/// thread: for threads that may block.
final class PausedPartitions: Sendable {
    private let paused = Mutex<Set<KafkaPartition>>([])

    /// Pauses those that librdkafka knows. The client is in use.
    func pause(_ partitions: [KafkaPartition], on client: KafkaHandle) -> KafkaError? {
        paused.withLock { paused in
            let (accepted, failure) = Self.call(rd_kafka_pause_partitions, partitions, "Pausing", client)
            paused.formUnion(accepted)
            return failure
        }
    }

    /// Resumes those of these partitions that are paused; all that are when nil. The client is in use.
    func resume(_ partitions: [KafkaPartition]?, on client: KafkaHandle) -> KafkaError? {
        paused.withLock { paused in
            let meant = partitions.map { paused.intersection($0) } ?? paused
            if meant.isEmpty { return nil }
            let (accepted, failure) = Self.call(rd_kafka_resume_partitions, Array(meant), "Resuming", client)
            paused.subtract(accepted)
            return failure
        }
    }

    private static func call(
        _ function: (OpaquePointer?, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> rd_kafka_resp_err_t,
        _ partitions: [KafkaPartition], _ doing: String, _ client: KafkaHandle
    ) -> (accepted: [KafkaPartition], failure: KafkaError?) {
        let list = PartitionList(partitions.map { KafkaPartitionOffset($0, .stored) })
        let error = list.withRaw { function(client.raw, $0) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return ([], KafkaError(error, doing)) }
        let accepted = zip(partitions, list.errors).filter { $0.1 == RD_KAFKA_RESP_ERR_NO_ERROR }.map(\.0)
        return (accepted, list.firstError(doing))
    }
}
