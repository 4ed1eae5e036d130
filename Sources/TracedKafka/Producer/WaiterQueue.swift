import SpanlinkRuntime

/// Waiters in order of arrival. A value without I/O or locks: its owner guards it and resumes the waiters that it returns.
struct WaiterQueue<Waiter> {
    private var waiters = Deque<(id: UInt64, waiter: Waiter)>()

    var isEmpty: Bool { waiters.isEmpty }
    var count: Int { waiters.count }

    mutating func append(_ waiter: Waiter, id: UInt64) { waiters.append((id, waiter)) }

    /// Puts a waiter before all others: one that was woken and found nothing.
    mutating func prepend(_ waiter: Waiter, id: UInt64) { waiters.prepend((id, waiter)) }

    mutating func popFirst() -> Waiter? { waiters.popFirst()?.waiter }

    /// Takes a waiter out of turn; `nil` if it is no longer here. Takes linear time.
    mutating func remove(id: UInt64) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    mutating func removeAll() -> [Waiter] {
        defer { waiters.removeAll() }
        return waiters.map(\.waiter)
    }
}
