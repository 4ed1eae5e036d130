/// Where a consumer of a stream goes on after a lost connection: with the first message that was not settled. A stream keeps
/// all messages, and would begin again where the consumer's argument says.
struct StreamPosition {
    /// The argument of a consumer, and the header of each message that a stream delivers.
    static let name = "x-stream-offset"

    /// The offsets of deliveries that are not settled.
    private var open = TagWindow<Int64>()
    private var end: Int64?

    /// The offset to go on with; nil before the first delivery.
    var next: Int64? { open.first ?? end }

    mutating func delivered(_ tag: UInt64, offset: Int64) {
        if open.append(offset, at: tag) { end = offset &+ 1 }
    }

    /// What is not settled comes again, with new tags.
    mutating func reconnect() { (open, end) = (TagWindow(), next) }

    mutating func settled(_ tags: [UInt64]) { for tag in tags { _ = open.remove(tag) } }
}
