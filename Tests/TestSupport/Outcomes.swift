import SpanlinkRuntime
import TracingCore

/// What became of messages that several tasks sent and received.
public final class Outcomes: Sendable {
    private let confirmed = Mutex<Set<String>>([])
    private let arrived = Mutex<Set<String>>([])
    private let isOver = Atomic(false)

    public init() {}

    /// What was confirmed.
    public var all: Set<String> { confirmed.withLock(\.self) }

    public func confirm(_ body: String) { confirmed.withLock { _ = $0.insert(body) } }
    public func arrive(_ bodies: [String]) { arrived.withLock { $0.formUnion(bodies) } }

    /// Sends bodies of its own, one after the other, until it is told to end.
    public func send(_ sender: Int, with send: (String) async throws -> Bool) async throws {
        var index = 0
        while !isOver.load(ordering: .relaxed) {
            index += 1
            let body = "\(sender)-\(index)"
            if try await send(body) { confirm(body) }
        }
    }

    public func end() { isOver.store(true, ordering: .relaxed) }

    /// Waits until so many more were confirmed, and that many arrived, than at the call.
    public func progress(by count: Int) async throws {
        let sent = confirmed.withLock(\.count) + count
        let received = arrived.withLock(\.count) + count
        while confirmed.withLock(\.count) < sent || arrived.withLock(\.count) < received {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until all that was confirmed has arrived. Never, when something was lost: the test's time limit says so.
    public func completion() async throws {
        while true {
            let sent = confirmed.withLock(\.self)
            if arrived.withLock({ sent.isSubset(of: $0) }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
