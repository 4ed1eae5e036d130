import CLibrdkafka
import Synchronization
import TracingCore

/// A commit whose answer is awaited. Resumed once: by whoever takes it out of ``ConsumerEvents``.
final class PendingCommit: Sendable {
    let continuation: CheckedContinuation<KafkaError?, Never>
    init(_ continuation: CheckedContinuation<KafkaError?, Never>) { self.continuation = continuation }
}

/// What reaches a consumer from librdkafka beside messages: rebalances and answers to commits.
final class ConsumerEvents: KafkaEventReceiver {
    private struct State {
        var rebalances: [PendingRebalance] = []
        var commits: [ObjectIdentifier: PendingCommit] = [:]
        var queue: Unchecked<OpaquePointer>?
    }

    private let state = Mutex(State())
    private let hasRebalances = Atomic<Bool>(false)
    /// No pull will come any more to carry a rebalance out: it is done when it is announced.
    let isClosing = Atomic<Bool>(false)
    let fence = Mutex(CommitFence())

    /// Takes the consumer queue, to give it back before the client is destroyed.
    func own(_ queue: OpaquePointer) { state.withLock { $0.queue = Unchecked(queue) } }

    // MARK: Rebalances

    /// The callback for `rd_kafka_conf_set_rebalance_cb`. librdkafka calls it within a pull or within the close; the
    /// opaque is the client's receiver. During a pull it only takes note: what was pulled before belongs to the old
    /// assignment, and is handled and committed before the pull that carries the rebalance out.
    static let rebalanceCallback:
        @convention(c) (
            OpaquePointer?, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
            UnsafeMutableRawPointer?
        ) -> Void = { client, error, partitions, opaque in
            guard let client, let opaque else { return }
            let events = Unmanaged<ConsumerEvents>.fromOpaque(opaque).takeUnretainedValue()
            let list = partitions.map { PartitionList(copying: $0) } ?? PartitionList()
            let rebalance = PendingRebalance(client, error, list)
            if events.isClosing.load(ordering: .acquiring) {
                rebalance.apply(to: client)
                return
            }
            events.state.withLock { $0.rebalances.append(rebalance) }
            events.hasRebalances.store(true, ordering: .releasing)
        }

    var isRebalancing: Bool { hasRebalances.load(ordering: .acquiring) }

    func takeRebalances() -> [PendingRebalance] {
        state.withLock { state in
            hasRebalances.store(false, ordering: .releasing)
            defer { state.rebalances = [] }
            return state.rebalances
        }
    }

    // MARK: Commits

    /// Keeps a commit until its answer comes; the returned opaque names it.
    func add(_ commit: PendingCommit) -> UnsafeMutableRawPointer {
        state.withLock { $0.commits[ObjectIdentifier(commit)] = commit }
        return Unmanaged.passUnretained(commit).toOpaque()
    }

    /// Takes a commit out; nil when somebody else did.
    func take(_ commit: PendingCommit) -> PendingCommit? {
        state.withLock { $0.commits.removeValue(forKey: ObjectIdentifier(commit)) }
    }

    func offsetsCommitted(_ event: OpaquePointer) {
        // The opaque is an address to look up, never followed: answers to background commits have none.
        guard let opaque = rd_kafka_event_opaque(event) else { return }
        let taken = state.withLock { state in
            state.commits.first { Unmanaged.passUnretained($0.value).toOpaque() == opaque }.map { entry in
                state.commits.removeValue(forKey: entry.key)
            }
        }
        guard let commit = taken ?? nil else { return }
        let error = rd_kafka_event_error(event)
        let list = rd_kafka_event_topic_partition_list(event).map { PartitionList(copying: $0) }
        commit.continuation.resume(returning: Self.failure(error, list))
    }

    static func failure(_ error: rd_kafka_resp_err_t, _ list: PartitionList?) -> KafkaError? {
        switch error {
        // Nothing stored since the last commit: nothing to do is no failure.
        case RD_KAFKA_RESP_ERR__NO_OFFSET: return nil
        case RD_KAFKA_RESP_ERR_NO_ERROR: return list?.firstError("Commit")
        default: return KafkaError(error, "Commit")
        }
    }

    // MARK: The rest

    func deliveryReports(_ event: OpaquePointer, of client: KafkaHandle) {}
    func roomWillBeMade() {}
    func roomMade(_ count: Int) {}
    func drained() {}

    func willDestroy() {
        let (queue, commits) = state.withLock { state in
            defer { state = State() }
            return (state.queue, state.commits)
        }
        for commit in commits.values { commit.continuation.resume(returning: .closed) }
        if let queue { rd_kafka_queue_destroy(queue.value) }
    }
}
