import SpanlinkRuntime

/// What was declared over a connection, for both of its sockets and for tasks.
final class DeclaredTopology: Sendable {
    private let topology = Mutex(Topology())

    var current: Topology { topology.withLock(\.self) }

    func note(_ request: Request, _ answer: Answer) { topology.withLock { $0.note(request, answer) } }
    func rename(_ old: String, to new: String) { topology.withLock { $0.rename(old, to: new) } }
    func lostConsumers(of queue: String) { topology.withLock { $0.lostConsumers(of: queue) } }
    func isTemporary(queue: String) -> Bool { topology.withLock { $0.isTemporary(queue: queue) } }

    /// Whether some of it only the connection that declared it can bring back.
    var isBoundToConnection: Bool { topology.withLock { $0.shareable.count < $0.requests.count } }
}
