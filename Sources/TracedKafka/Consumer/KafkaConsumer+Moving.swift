import CLibrdkafka
import SpanlinkRuntime

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
    ///
    /// - Throws: ``KafkaError``: `unknownTopicOrPartition`; the other partitions are paused then.
    public nonisolated(nonsending) func pause(_ partitions: [KafkaPartition]) async throws {
        try await blocking { handle, events in events.paused.pause(partitions, on: handle) }
    }

    /// Hands out messages of these partitions again. Those that are not paused are left alone.
    public nonisolated(nonsending) func resume(_ partitions: [KafkaPartition]) async throws {
        try await blocking { handle, events in events.paused.resume(partitions, on: handle) }
    }

    private nonisolated(nonsending) func blocking(
        _ body: @escaping @Sendable (KafkaHandle, ConsumerEvents) -> KafkaError?
    ) async throws {
        guard handle.acquire() else { throw KafkaError.closed }
        let (handle, events) = (handle, events)
        let failure = await BlockingCall.run {
            defer { handle.release() }
            return body(handle, events)
        }
        if let failure { throw failure }
    }
}
