import CLibrdkafka
import SpanlinkRuntime

/// What reaches a consumer from librdkafka beside messages: rebalances and answers to commits.
final class ConsumerEvents: KafkaEventReceiver {
    private struct State {
        var rebalances: [PendingRebalance] = []
        var queue: Unchecked<OpaquePointer>?
    }

    private let state = Mutex(State())
    private let hasRebalances = Atomic<Bool>(false)
    /// No pull will come any more to carry a rebalance out: it is done when it is announced.
    let isClosing = Atomic<Bool>(false)
    let commits = OffsetCommits()
    let paused = PausedPartitions()

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

    // MARK: The rest

    func offsetsCommitted(_ event: OpaquePointer, of client: KafkaHandle) { commits.answered(event, by: client) }
    func deliveryReports(_ event: OpaquePointer, of client: KafkaHandle) {}
    func roomWillBeMade() {}
    func roomMade(_ count: Int) {}
    func drained() {}

    func willDestroy() {
        let queue = state.withLock { state in
            defer { state = State() }
            return state.queue
        }
        commits.willDestroy()
        if let queue { rd_kafka_queue_destroy(queue.value) }
    }
}
