import CLibrdkafka
import SpanlinkRuntime

// Where reading and the group stand.
extension KafkaConsumer {
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
