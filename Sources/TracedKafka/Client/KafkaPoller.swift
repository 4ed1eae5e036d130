import SpanlinkRuntime

/// The one thread that waits for the queues of all Kafka clients of the process.
enum KafkaPoller {
    private static let result = Result<EventPoller, ResourceLimitError> { () throws(ResourceLimitError) in
        try EventPoller(threadName: "spanlink-kafka")
    }

    /// Adds a source whose `handler` runs on the poller's thread.
    ///
    /// - Throws: ``KafkaError`` with `other` if the process has no file descriptor or thread left.
    static func register(_ handler: @escaping @Sendable () -> Void) throws(KafkaError) -> EventPoller.Source {
        do { return try result.get().register(handler) } catch { throw KafkaError(.other, error.message) }
    }
}
