/// Where a message was dead-lettered, and why: an entry of RabbitMQ's header `x-death`, one for each queue and reason.
public struct AMQPDeadLetter: Sendable, Hashable {
    /// The queue that it left.
    public var queue: String
    /// `rejected`, `expired`, `maxlen` or `delivery_limit`.
    public var reason: String
    /// How often it left that queue for that reason.
    public var count: Int
    /// The exchange that it had been published to.
    public var exchange: String
    /// The routing keys that it had been published with, those of the headers `CC` and `BCC` included.
    public var routingKeys: [String]

    /// What `x-death` says, the last time first; none where it is not what RabbitMQ writes.
    ///
    /// RabbitMQ 3 has the last time first, RabbitMQ 4 names it in headers of its own.
    static func all(in headers: AMQPTable) -> [AMQPDeadLetter] {
        guard case .array(let entries)? = headers["x-death"] else { return [] }
        var all = entries.compactMap(AMQPDeadLetter.init)
        if let queue = headers["x-last-death-queue"]?.text, let reason = headers["x-last-death-reason"]?.text,
            let last = all.firstIndex(where: { $0.queue == queue && $0.reason == reason })
        {
            all.insert(all.remove(at: last), at: 0)
        }
        return all
    }

    private init?(_ entry: AMQPValue) {
        guard case .table(let fields) = entry, let queue = fields["queue"]?.text, let reason = fields["reason"]?.text,
            let count = fields["count"]?.integer
        else { return nil }
        self.queue = queue
        self.reason = reason
        self.count = Int(count)
        exchange = fields["exchange"]?.text ?? ""
        routingKeys = if case .array(let keys)? = fields["routing-keys"] { keys.compactMap(\.text) } else { [] }
    }
}
