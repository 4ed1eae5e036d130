import CLibrdkafka
import Synchronization
import TracingCore

// Reading elsewhere, or not for the moment.
extension KafkaConsumer {
    /// Goes on reading at other offsets. Going past a message that failed gives it up: commits may pass it then.
    ///
    /// - Parameters:
    ///   - offsets: where to go on, of partitions that are read here.
    ///   - timeout: how long to wait until reading has moved; zero does not wait.
    /// - Throws: ``KafkaError`` for the first partition that cannot be moved; the others are moved all the same.
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
        // Some partitions may have moved although others have not.
        for (target, error) in zip(offsets, list.errors) where error == RD_KAFKA_RESP_ERR_NO_ERROR {
            events.commits.seek(to: target)
        }
        if let failure = failure ?? list.firstError("Seek") { throw failure }
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
}
