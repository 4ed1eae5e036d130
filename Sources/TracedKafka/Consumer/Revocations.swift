/// What was revoked when. Rules only, no lock.
///
/// A revocation begins an *epoch*, and messages are of the epoch they were pulled in. Those of a partition that was revoked
/// in a later one are for its next owner to settle, even if that is this consumer again: it begins where the group
/// committed, and an older offset would take the group back.
struct Revocations {
    private(set) var epoch: UInt64 = 0
    /// When all partitions were revoked last, and when each was.
    private var all: UInt64 = 0
    private var partitions: [KafkaPartition: UInt64] = [:]

    /// These partitions go, as from now.
    mutating func revoke(_ partitions: [KafkaPartition]) {
        epoch += 1
        for partition in partitions { self.partitions[partition] = epoch }
    }

    /// Whatever was assigned goes.
    mutating func revokeAll() {
        epoch += 1
        all = epoch
        partitions = [:]
    }

    /// Whether the partition of these messages was revoked after they were pulled.
    func include(_ messages: CommitFence.Messages) -> Bool {
        messages.epoch < max(all, partitions[messages.partition] ?? 0)
    }
}
