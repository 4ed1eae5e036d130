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
        var revocations = Revocations()
        /// Set once no commit is begun any more: what to do when all are answered. Nil again when that has begun.
        var whenAllAnswered: (@Sendable () -> Void)?
        var takesCommits = true
    }

    private let state = Mutex(State())
    private let hasRebalances = Atomic<Bool>(false)
    /// No pull will come any more to carry a rebalance out: it is done when it is announced.
    let isClosing = Atomic<Bool>(false)
    let fence = Mutex(CommitFence())
    /// The partitions that the application has paused.
    let paused = Mutex<Set<KafkaPartition>>([])

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
                // A client that ends has nothing to go on with.
                _ = rebalance.apply(to: client)
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

    /// A rebalance is about to be carried out. What was pulled before of partitions that go is not settled any more, and
    /// what failed of them is their next owner's to handle.
    func willApply(_ rebalance: PendingRebalance) {
        let partitions = rebalance.list.partitions
        state.withLock { state in
            switch rebalance.kind {
            case .assigned: break
            case .revoked, .lost: state.revocations.revoke(partitions)
            default: state.revocations.revokeAll()
            }
        }
        // After the revocation: a failure is noted only while its messages are not revoked.
        fence.withLock { fence in
            if rebalance.kind == nil { fence = CommitFence() } else { fence.forget(partitions) }
        }
    }

    /// What messages that are pulled now carry.
    var epoch: UInt64 { state.withLock { $0.revocations.epoch } }

    /// Those whose partition was not revoked after they were pulled, and the first of the others.
    func divide(_ messages: [CommitFence.Messages]) -> (current: [CommitFence.Messages], revoked: CommitFence.Messages?)
    {
        state.withLock { state in
            (messages.filter { !state.revocations.include($0) }, messages.first(where: state.revocations.include))
        }
    }

    // MARK: Commits

    /// Begins a commit of these messages with `send`, which is given the opaque that the answer will carry.
    ///
    /// Under the lock of the revocations: librdkafka gets the commit before a revocation that comes later, and answers it
    /// before it leaves its place in the group.
    func begin(
        _ commit: PendingCommit, of messages: [CommitFence.Messages],
        _ send: (UnsafeMutableRawPointer) -> rd_kafka_resp_err_t
    ) {
        let (isAwaited, failure): (Bool, KafkaError?) = state.withLock { state in
            guard state.takesCommits else { return (false, .closed) }
            if let revoked = messages.first(where: state.revocations.include) {
                return (false, .revoked(revoked.partition))
            }
            // The answer is an event in the main queue; an error here means that none will come.
            let error = send(Unmanaged.passUnretained(commit).toOpaque())
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return (false, Self.failure(error, nil)) }
            state.commits[ObjectIdentifier(commit)] = commit
            return (true, nil)
        }
        if !isAwaited { commit.continuation.resume(returning: failure) }
    }

    /// Begins no commit from now on, and has `body` run once those that are on their way are answered: a close would leave
    /// them without an answer.
    func endCommits(_ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.takesCommits = false
            state.whenAllAnswered = body
        }
        runWhenAllAnswered()
    }

    private func runWhenAllAnswered() {
        let body = state.withLock { state in
            guard state.commits.isEmpty else { return nil as (@Sendable () -> Void)? }
            defer { state.whenAllAnswered = nil }
            return state.whenAllAnswered
        }
        body?()
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
        runWhenAllAnswered()
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
