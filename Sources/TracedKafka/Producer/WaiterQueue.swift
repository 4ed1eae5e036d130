/// Who waits, in order of arrival. A value without I/O or locks: its owner guards it and resumes whom it names.
struct WaiterQueue<Waiter> {
    private var waiters: [(id: UInt64, waiter: Waiter)] = []
    /// Waiters before this index are gone: a removal at the front moves nothing.
    private var front = 0

    var isEmpty: Bool { front == waiters.count }
    var count: Int { waiters.count - front }

    mutating func append(_ waiter: Waiter, id: UInt64) { waiters.append((id, waiter)) }

    /// Puts a waiter before all others: one that was called and found nothing.
    mutating func prepend(_ waiter: Waiter, id: UInt64) { waiters.insert((id, waiter), at: front) }

    mutating func popFirst() -> Waiter? {
        guard !isEmpty else { return nil }
        let waiter = waiters[front].waiter
        front += 1
        if front == waiters.count {
            waiters.removeAll(keepingCapacity: true)
            front = 0
        } else if front >= 64, front * 2 > waiters.count {
            waiters.removeSubrange(..<front)
            front = 0
        }
        return waiter
    }

    /// Takes one out of turn; nil when it is no longer here.
    mutating func remove(id: UInt64) -> Waiter? {
        guard let index = waiters[front...].firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    mutating func removeAll() -> [Waiter] {
        defer {
            waiters = []
            front = 0
        }
        return waiters[front...].map(\.waiter)
    }
}
