import SpanlinkRuntime
import TracingCore

/// How far the services are: says so, and knows when everything is done.
final class DemoProgress: Sendable {
    /// A service that handles every order, or what becomes of it.
    enum Consumer: Sendable, CaseIterable {
        case settlement, audit, payout
    }

    private struct State {
        var handled: [Consumer: Int] = [:]
        var expected: Set<Consumer> = [.settlement, .audit]
    }

    private let requests: Int
    private let isQuiet: Bool
    private let state = Mutex(State())
    /// Kafka's consumers that have no partitions yet.
    private let forming = Mutex<Set<Consumer>>([.settlement, .audit])
    private let ready = Promise<Void>()
    private let ended = Promise<Void>()

    init(_ options: DemoOptions) {
        requests = options.requests
        isQuiet = options.isJSON
    }

    /// A line for people; programs get the summary alone.
    func say(_ text: String) { if !isQuiet { Console.say(text) } }

    /// Settlements are paid out too.
    func expectPayouts() { state.withLock { _ = $0.expected.insert(.payout) } }

    // MARK: Before the first request

    /// A Kafka consumer has been assigned its partitions.
    func isReady(_ consumer: Consumer) {
        let isLast = forming.withLock { forming in
            forming.remove(consumer)
            return forming.isEmpty
        }
        if isLast { ready.resolve(()) }
    }

    /// Waits until all consumers are ready: messages then fan in as they come.
    func allConsumersAreReady() async { _ = await ready.value(by: .now + .seconds(30)) }

    // MARK: While messages flow

    /// A consumer has handled `count` more; about eight times on the way it is said, if there is something to say.
    func handled(_ count: Int, by consumer: Consumer, _ line: (_ total: Int) -> String?) {
        let (total, isDone) = state.withLock { state in
            let total = state.handled[consumer, default: 0] + count
            state.handled[consumer] = total
            return (total, isComplete(state))
        }
        let eighths = { (number: Int) in number * 8 / self.requests }
        if eighths(total) > eighths(total - count), let text = line(total) { say(text) }
        if isDone { ended.resolve(()) }
    }

    /// Waits until everything is handled, or the demo is told to end.
    func allIsHandled() async { _ = await ended.value() }

    /// Nobody waits any more.
    func end() {
        ready.resolve(())
        ended.resolve(())
    }

    var isOver: Bool { ended.current != nil }
    var isComplete: Bool { state.withLock { isComplete($0) } }

    private func isComplete(_ state: State) -> Bool {
        state.expected.allSatisfy { state.handled[$0, default: 0] >= requests }
    }

    /// How far each consumer is.
    var text: String {
        let state = state.withLock { $0 }
        return Consumer.allCases.filter(state.expected.contains)
            .map { "\($0) \(state.handled[$0, default: 0]) of \(requests)" }.joined(separator: ", ")
    }
}
