/// Guards a failed message against being committed away: after a handler has thrown, no offset at or past its first
/// message in that partition is committed until handling it succeeds. Rules only, no lock.
///
/// A *next offset* is what Kafka commits: the offset after the last message that is done. A fence at offset `f` lets next
/// offsets up to `f` pass.
struct CommitFence {
    /// The messages of one partition from `first` through `last`.
    struct Messages: Hashable {
        var partition: KafkaPartition
        var first: Int64
        var last: Int64
        /// When they were pulled, for ``Revocations``.
        var epoch: UInt64 = .max
    }

    /// Failed ranges by partition, in order and without overlap. Almost always empty.
    private var failed: [KafkaPartition: [ClosedRange<Int64>]] = [:]

    var isEmpty: Bool { failed.isEmpty }

    /// The first offset whose handling failed and has not succeeded since.
    func firstFailed(in partition: KafkaPartition) -> Int64? { failed[partition]?.first?.lowerBound }

    /// Handling these messages failed.
    mutating func fail(_ spans: some Sequence<Messages>) {
        for span in spans where span.first <= span.last {
            var merged = span.first...span.last
            var ranges: [ClosedRange<Int64>] = []
            for range in failed[span.partition] ?? [] {
                if range.overlaps(merged) {
                    merged = min(range.lowerBound, merged.lowerBound)...max(range.upperBound, merged.upperBound)
                } else {
                    ranges.append(range)
                }
            }
            ranges.append(merged)
            failed[span.partition] = ranges.sorted { $0.lowerBound < $1.lowerBound }
        }
    }

    /// Handling these messages succeeded. What of an earlier failure they do not cover stays failed.
    mutating func succeed(_ spans: some Sequence<Messages>) {
        for span in spans where span.first <= span.last {
            guard let ranges = failed[span.partition] else { continue }
            var rest: [ClosedRange<Int64>] = []
            for range in ranges {
                guard range.overlaps(span.first...span.last) else {
                    rest.append(range)
                    continue
                }
                if range.lowerBound < span.first { rest.append(range.lowerBound...(span.first - 1)) }
                if range.upperBound > span.last { rest.append((span.last + 1)...range.upperBound) }
            }
            failed[span.partition] = rest.isEmpty ? nil : rest
        }
    }

    /// Whether committing this next offset would pass a failed message.
    func covers(_ partition: KafkaPartition, next: Int64) -> Bool {
        guard let first = firstFailed(in: partition) else { return false }
        return next > first
    }

    /// The next offset that may be committed: at most the first failed one.
    func clamp(_ partition: KafkaPartition, next: Int64) -> Int64 {
        min(next, firstFailed(in: partition) ?? next)
    }

    /// The partitions belong to somebody else, or reading them starts anew: what failed here is theirs to handle.
    mutating func forget(_ partitions: some Sequence<KafkaPartition>) {
        for partition in partitions { failed[partition] = nil }
    }
}
