import CLibrdkafka
import SpanlinkRuntime

extension KafkaProducer {
    /// How many partitions a topic has. A broker that creates topics on first use (`auto.create.topics.enable`) creates it.
    ///
    /// - Throws: ``KafkaError``: `unknownTopicOrPartition` when it does not exist, also for a moment while it is being
    ///   created; `timedOut`, `brokersUnavailable` when no broker answers within `timeout`; `authentication` when none lets
    ///   this client in; `closed`.
    public nonisolated(nonsending) func partitionCount(
        of topic: String, timeout: Duration = .seconds(10)
    ) async throws -> Int {
        guard handle.acquire() else { throw KafkaError.closed }
        let handle = handle
        let known: Result<Int, KafkaError>
        do {
            let raw = Unchecked(try events.topics.topic(named: topic, of: handle.raw).raw)
            known = await BlockingCall.run {
                defer { handle.release() }
                return Self.partitionCount(of: raw.value, topic, handle, timeout)
            }
        } catch {
            handle.release()
            throw error
        }
        return try known.get()
    }

    private static func partitionCount(
        of raw: OpaquePointer, _ name: String, _ client: KafkaHandle, _ timeout: Duration
    ) -> Result<Int, KafkaError> {
        let doing = "The partitions of topic \"\(name)\""
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(client.raw, 0, raw, &metadata, timeout.wholeMilliseconds)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else { return .failure(client.failure(error, doing)) }
        defer { rd_kafka_metadata_destroy(metadata) }
        guard metadata.pointee.topic_cnt == 1 else {
            return .failure(KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, doing))
        }
        let topic = metadata.pointee.topics[0]
        guard topic.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            // A topic without a leader is one that is being created.
            let code =
                topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
                ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART : topic.err
            return .failure(KafkaError(code, doing))
        }
        return .success(Int(topic.partition_cnt))
    }
}
