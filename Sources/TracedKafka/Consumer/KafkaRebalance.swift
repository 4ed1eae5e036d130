import CLibrdkafka

/// A change of what a group's member reads.
public struct KafkaRebalance: Sendable, Hashable {
    /// What happens to the partitions.
    public enum Kind: Sendable, Hashable {
        /// They are read here from now on.
        case assigned
        /// They go to another member when the handler returns: now is the time to commit.
        case revoked
        /// They went to another member already: a commit would be refused.
        case lost
    }

    /// What happens.
    public var kind: Kind
    /// The partitions it is about; with cooperative assignment only those that change.
    public var partitions: [KafkaPartition]
}

/// A rebalance that librdkafka has announced and that is not carried out yet.
struct PendingRebalance: Sendable {
    var kind: KafkaRebalance.Kind?
    var list: PartitionList

    init(_ client: OpaquePointer, _ error: rd_kafka_resp_err_t, _ partitions: PartitionList) {
        switch error {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: kind = .assigned
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: kind = rd_kafka_assignment_lost(client) != 0 ? .lost : .revoked
        default: kind = nil
        }
        list = partitions
    }

    /// Carries it out. Waits for librdkafka's main thread.
    func apply(to client: OpaquePointer) {
        let isIncremental = rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
        switch (kind, isIncremental) {
        case (.assigned, true): list.withRaw { destroy(rd_kafka_incremental_assign(client, $0)) }
        case (.assigned, false): list.withRaw { _ = rd_kafka_assign(client, $0) }
        case (.revoked, true), (.lost, true): list.withRaw { destroy(rd_kafka_incremental_unassign(client, $0)) }
        default: rd_kafka_assign(client, nil)
        }
    }

    private func destroy(_ error: OpaquePointer?) {
        if let error { rd_kafka_error_destroy(error) }
    }
}
