import CLibrdkafka
import SpanlinkRuntime

/// Commits offsets and has them stored, by the rules of ``CommitLedger``.
///
/// librdkafka is called under the lock: it gets a commit before a revocation that comes later, and answers it before it
/// leaves its place in the group; and nothing is stored for a partition that has gone.
final class OffsetCommits: Sendable {
    private struct State {
        var ledger = CommitLedger()
        var pending: [ObjectIdentifier: PendingCommit] = [:]
        /// Set once no commit is begun any more: what to do when all are answered. Nil again when that has begun.
        var whenAllAnswered: (@Sendable () -> Void)?
        var takesCommits = true
    }

    private let state = Mutex(State())

    /// What messages that are pulled now carry.
    var epoch: UInt64 { state.withLock { $0.ledger.epoch } }

    /// A rebalance is about to be carried out.
    func willApply(_ rebalance: PendingRebalance) {
        let partitions = rebalance.list.partitions
        state.withLock { state in
            switch rebalance.kind {
            case .assigned: state.ledger.assign(partitions)
            case .revoked, .lost: state.ledger.revoke(partitions)
            default: state.ledger.revokeAll()
            }
        }
    }

    // MARK: Handling

    /// Whether the handling of any message has failed and not succeeded since.
    var hasFailures: Bool { state.withLock { !$0.ledger.fence.isEmpty } }

    /// Handling these messages failed. What is stored past them is taken back, if there is still a client to store it.
    func fail(_ messages: [CommitFence.Messages], on client: KafkaHandle?) {
        state.withLock { state in
            let lowered = state.ledger.fail(messages)
            if let client, !lowered.isEmpty { Self.store(lowered, &state.ledger, on: client) }
        }
    }

    /// Handling these messages succeeded, perhaps after it had failed.
    func succeed(_ messages: [CommitFence.Messages]) { state.withLock { $0.ledger.succeed(messages) } }

    /// Reading goes on at this place.
    func seek(to target: KafkaPartitionOffset) { state.withLock { $0.ledger.seek(to: target) } }

    // MARK: Storing

    /// Has librdkafka commit these messages in the background. The client is in use.
    func store(_ messages: [CommitFence.Messages], on client: KafkaHandle) throws {
        let (list, revoked) = state.withLock { state in
            let (current, revoked) = state.ledger.divide(messages)
            return (Self.store(state.ledger.offsets(toStore: current), &state.ledger, on: client), revoked)
        }
        if let failure = list.firstError("Storing the offset") ?? revoked.map(KafkaError.revoked) { throw failure }
    }

    /// What librdkafka refuses stands in the list.
    @discardableResult private static func store(
        _ offsets: [NextOffset], _ ledger: inout CommitLedger, on client: KafkaHandle
    ) -> PartitionList {
        let list = PartitionList(offsets)
        // Its result repeats what it notes at the partitions.
        _ = list.withRaw { rd_kafka_offsets_store(client.raw, $0) }
        for (next, error) in zip(offsets, list.errors) {
            if error == RD_KAFKA_RESP_ERR_NO_ERROR {
                ledger.noteStored(next)
            } else {
                ledger.forgetStored(next.partition)
            }
        }
        return list
    }

    // MARK: Commits

    /// Begins a commit of these messages, or of what is stored when they are nil. The client is in use.
    func begin(
        _ continuation: CheckedContinuation<KafkaError?, Never>, of messages: [CommitFence.Messages]?,
        on client: KafkaHandle
    ) {
        let failure: KafkaError? = state.withLock { state in
            do throws(KafkaError) {
                try Self.send(messages, continuation, &state, on: client)
                return nil
            } catch {
                return error
            }
        }
        if let failure { continuation.resume(returning: failure) }
    }

    /// - Throws: why no answer will come.
    private static func send(
        _ messages: [CommitFence.Messages]?, _ continuation: CheckedContinuation<KafkaError?, Never>,
        _ state: inout State, on client: KafkaHandle
    ) throws(KafkaError) {
        guard state.takesCommits else { throw .closed }
        var list: PartitionList?
        var revoked: KafkaPartition?
        if let messages {
            let divided = state.ledger.divide(messages)
            revoked = divided.revoked
            if let revoked, divided.current.isEmpty { throw .revoked(revoked) }
            let offsets = try state.ledger.offsets(toCommit: divided.current)
            list = PartitionList(offsets)
            // Before the commit: else one in the background may come between, and take the group back.
            let ahead = state.ledger.ahead(offsets)
            if !ahead.isEmpty { store(ahead, &state.ledger, on: client) }
        }
        let commit = PendingCommit(continuation, revoked: revoked)
        // The answer is an event in the main queue.
        let error = client.commit(list, Unmanaged.passUnretained(commit).toOpaque())
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw client.failure(error, "Commit") }
        state.pending[ObjectIdentifier(commit)] = commit
    }

    /// The answer to a commit.
    func answered(_ event: OpaquePointer, by client: KafkaHandle) {
        // The opaque is an address to look up, never followed: answers to background commits have none.
        guard let opaque = rd_kafka_event_opaque(event) else { return }
        let taken = state.withLock { state in
            state.pending.first { Unmanaged.passUnretained($0.value).toOpaque() == opaque }.map { entry in
                state.pending.removeValue(forKey: entry.key)
            }
        }
        guard let commit = taken ?? nil else { return }
        let list = rd_kafka_event_topic_partition_list(event).map { PartitionList(copying: $0) }
        commit.answer(Self.failure(rd_kafka_event_error(event), list, of: client))
        runWhenAllAnswered()
    }

    private static func failure(
        _ error: rd_kafka_resp_err_t, _ list: PartitionList?, of client: KafkaHandle
    ) -> KafkaError? {
        switch error {
        // Nothing stored since the last commit: nothing to do is no failure.
        case RD_KAFKA_RESP_ERR__NO_OFFSET: nil
        case RD_KAFKA_RESP_ERR_NO_ERROR: list?.firstError("Commit")
        default: client.failure(error, "Commit")
        }
    }

    // MARK: The end

    /// Begins no commit from now on, and has `body` run once those that are on their way are answered: a close would leave
    /// them without an answer.
    func end(_ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.takesCommits = false
            state.whenAllAnswered = body
        }
        runWhenAllAnswered()
    }

    private func runWhenAllAnswered() {
        let body = state.withLock { state in
            guard state.pending.isEmpty else { return nil as (@Sendable () -> Void)? }
            defer { state.whenAllAnswered = nil }
            return state.whenAllAnswered
        }
        body?()
    }

    /// Before the client is destroyed: whoever still waits is told.
    func willDestroy() {
        let pending = state.withLock { state in
            defer { state = State() }
            return state.pending
        }
        for commit in pending.values { commit.answer(.closed) }
    }
}
