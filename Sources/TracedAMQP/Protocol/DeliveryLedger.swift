/// The deliveries of one channel that are not settled yet: says what has to go on the wire to settle some of them.
///
/// A delivery tag means something on the channel of the connection that brought it alone. After a reconnect the same number
/// is another message: such a tag never goes on the wire.
struct DeliveryLedger {
    /// One `basic.ack` or `basic.nack`.
    struct Settlement: Equatable {
        var tag: UInt64
        var multiple: Bool
    }

    private var window = TagWindow<Void>()
    /// Which connection, counted up: deliveries of another are stale.
    private(set) var epoch: UInt64 = 0

    /// How many deliveries are not settled.
    var count: Int { window.count }

    /// A new connection: all that was delivered before is delivered again.
    mutating func reconnect(epoch: UInt64) {
        self.epoch = epoch
        window = TagWindow()
    }

    /// A delivery that is to be settled. False when the broker reuses a tag, which it must not.
    mutating func delivered(_ tag: UInt64) -> Bool { window.append((), at: tag) }

    /// Settles these deliveries with as few methods as settle nothing else: one `multiple` when all that came before them is
    /// settled, which is the usual batch.
    ///
    /// - Throws: ``AMQPError`` with `staleDelivery`; then none is settled.
    mutating func settle(_ tags: [UInt64], epoch: UInt64) throws -> [Settlement] {
        guard epoch == self.epoch else {
            throw AMQPError(
                .staleDelivery,
                "The delivery came over a connection that was lost since. The broker delivers the message again")
        }
        var tags = tags
        if zip(tags, tags.dropFirst()).contains(where: { $0 >= $1 }) { tags = Set(tags).sorted() }
        if let settled = tags.first(where: { !window.contains($0) }) {
            throw AMQPError(.staleDelivery, "The delivery with tag \(settled) was settled before")
        }
        // The longest start of the tags before which nothing else is open.
        var covered = 0
        if let last = tags.last, window.count(through: last) == tags.count {
            covered = tags.count
        } else {
            while covered < tags.count, window.count(through: tags[covered]) == covered + 1 { covered += 1 }
        }
        var settlements: [Settlement] = []
        if covered > 0 { settlements.append(Settlement(tag: tags[covered - 1], multiple: covered > 1)) }
        for tag in tags[covered...] { settlements.append(Settlement(tag: tag, multiple: false)) }
        for tag in tags { _ = window.remove(tag) }
        return settlements
    }
}
