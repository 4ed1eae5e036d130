/// A commit whose answer is awaited. Answered once: by whoever takes it out of ``OffsetCommits``.
final class PendingCommit: Sendable {
    private let continuation: CheckedContinuation<KafkaError?, Never>
    /// A partition that was to be committed too, but is gone.
    private let revoked: KafkaPartition?

    init(_ continuation: CheckedContinuation<KafkaError?, Never>, revoked: KafkaPartition?) {
        self.continuation = continuation
        self.revoked = revoked
    }

    func answer(_ failure: KafkaError?) { continuation.resume(returning: failure ?? revoked.map(KafkaError.revoked)) }
}
