import CLibrdkafka
import MessagingTracing
import TracingCore

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
    /// Whose partitions they are: to commit, pause or seek. A pull would wait for the handler to return.
    public let consumer: KafkaConsumer

    public static func == (one: KafkaRebalance, other: KafkaRebalance) -> Bool {
        one.kind == other.kind && one.partitions == other.partitions && one.consumer === other.consumer
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(partitions)
        hasher.combine(ObjectIdentifier(consumer))
    }
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
    ///
    /// - Returns: Why librdkafka refuses it.
    func apply(to client: OpaquePointer) -> KafkaError? {
        let isIncremental = rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
        return switch (kind, isIncremental) {
        case (.assigned, true): list.withRaw { Self.failure(rd_kafka_incremental_assign(client, $0)) }
        case (.assigned, false): list.withRaw { Self.failure(rd_kafka_assign(client, $0)) }
        case (.revoked, true), (.lost, true):
            list.withRaw { Self.failure(rd_kafka_incremental_unassign(client, $0)) }
        default: Self.failure(rd_kafka_assign(client, nil))
        }
    }

    /// Carries it out. False when librdkafka refuses it, which is logged: it goes on with what it had.
    @discardableResult func apply(to handle: KafkaHandle) -> Bool {
        guard let error = apply(to: handle.raw) else { return true }
        handle.log(.error, error.message, [("error.type", error.errorType)])
        return false
    }

    private static func failure(_ error: OpaquePointer?) -> KafkaError? {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        return KafkaError(rd_kafka_error_code(error), "Rebalance", text: String(cString: rd_kafka_error_string(error)))
    }

    private static func failure(_ error: rd_kafka_resp_err_t) -> KafkaError? {
        error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(error, "Rebalance")
    }
}
