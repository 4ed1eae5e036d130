/// The messages of one channel that the broker has not confirmed yet (RabbitMQ, "Publisher Confirms").
///
/// A returned message is confirmed as well: the return comes first and names no sequence number. What decides about the
/// route is the same for messages that look alike, so the return counts for the first of them that has none yet.
struct PublisherConfirms<Entry> {
    /// What became of a message.
    enum Outcome: Equatable {
        case confirmed
        case refused
        case returned(AMQPError)
    }

    /// What a return can be recognised by: all that routing looks at, and what tells messages apart cheaply.
    struct Likeness: Equatable {
        var exchange: String
        var routingKey: String
        var headers: AMQPTable
        var messageID: String?
        var bodySize: Int

        /// Whether all is the same but the headers: the broker takes `BCC` away.
        func matchesApartFromHeaders(_ other: Likeness) -> Bool {
            exchange == other.exchange && routingKey == other.routingKey && messageID == other.messageID
                && bodySize == other.bodySize
        }
    }

    private struct Pending {
        let entry: Entry
        /// Of mandatory messages alone: no other is returned.
        let likeness: Likeness?
        var returned: AMQPError?
    }

    private var window = TagWindow<Pending>()

    /// How many messages wait.
    var count: Int { window.count }

    /// A message goes out; the broker counts them from 1.
    mutating func append(_ entry: Entry, mandatory likeness: Likeness?) {
        window.append(Pending(entry: entry, likeness: likeness))
    }

    /// `basic.return`. False when no message looks like it.
    mutating func returned(_ likeness: Likeness, _ error: AMQPError) -> Bool {
        noteReturn(error) { $0 == likeness } || noteReturn(error) { $0.matchesApartFromHeaders(likeness) }
    }

    private mutating func noteReturn(_ error: AMQPError, _ matches: (Likeness) -> Bool) -> Bool {
        window.changeFirst { pending in
            guard pending.returned == nil, let likeness = pending.likeness, matches(likeness) else { return false }
            pending.returned = error
            return true
        }
    }

    /// `basic.ack` or `basic.nack`: what it settles, in order. A tag that nobody waits for settles nothing.
    mutating func settle(_ tag: UInt64, multiple: Bool, isAck: Bool) -> [(entry: Entry, outcome: Outcome)] {
        // Zero is "all so far" (AMQP 0-9-1, basic.ack).
        let settled =
            multiple ? window.remove(through: tag == 0 ? .max : tag) : window.remove(tag).map { [$0] } ?? []
        return settled.map { pending in
            (pending.entry, pending.returned.map { .returned($0) } ?? (isAck ? .confirmed : .refused))
        }
    }

    /// The channel is gone: nobody will ever know of these, but for those that came back.
    mutating func abandon() -> [(entry: Entry, returned: AMQPError?)] {
        defer { window = TagWindow() }
        return window.removeAll().map { ($0.entry, $0.returned) }
    }
}
