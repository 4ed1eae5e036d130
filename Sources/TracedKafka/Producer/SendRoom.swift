/// Who waits for room in librdkafka's queue: the decisions, without locks or I/O.
///
/// Nobody is lost, since whoever waits has somebody before it or a message in the library whose report is still to come:
/// a sender that finds the queue full and learns that a report was destroyed in the meantime tries again instead of
/// waiting. Whoever is called tries once; finding nothing, it joins again before all others; giving up, it passes the
/// call on.
struct SendRoom<Waiter> {
    enum Joined: Equatable {
        case waiting
        /// Room was made in the meantime, or nobody is before this sender any more: try now.
        case tryNow
        case closed
    }

    private var queue = WaiterQueue<Waiter>()
    private(set) var isClosed = false

    var isEmpty: Bool { queue.isEmpty }

    /// Joins the queue: behind all others, or before them when it was called already and found nothing.
    /// `roomWasMade` since the try that found it full began.
    mutating func join(_ waiter: Waiter, id: UInt64, roomWasMade: Bool, wasCalled: Bool) -> Joined {
        if isClosed { return .closed }
        if roomWasMade, wasCalled || queue.isEmpty { return .tryNow }
        if wasCalled { queue.prepend(waiter, id: id) } else { queue.append(waiter, id: id) }
        return .waiting
    }

    /// Takes out who no longer wants to wait; nil when it was called or closed already.
    mutating func leave(id: UInt64) -> Waiter? { queue.remove(id: id) }

    mutating func close() -> [Waiter] {
        isClosed = true
        return queue.removeAll()
    }

    /// Room for `count` more messages, or a call that was passed on: names who is to try now.
    mutating func call(_ count: Int) -> [Waiter] {
        var called: [Waiter] = []
        while called.count < count, let waiter = queue.popFirst() { called.append(waiter) }
        return called
    }
}
