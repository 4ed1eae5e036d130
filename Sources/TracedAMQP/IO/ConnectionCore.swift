import Synchronization
internal import TracingCore

/// What tasks and the connection's thread share: commands that wait, what was declared, and how it ends.
final class ConnectionCore: Sendable {
    private struct State {
        var inbox: [Waiting] = []
        var ended: AMQPError?
        var isShuttingDown = false
        var closeDeadline: MonotonicTime?
        var topology = Topology()
        var consumers: [ObjectIdentifier: ConsumerQueue] = [:]
        var nextChannel: UInt64 = 0
        var thread: BackgroundThread?
    }

    /// A command and since when it waits.
    struct Waiting {
        let command: any Command
        let since: MonotonicTime
    }

    let configuration: AMQPConnection.Configuration
    let destinations: Destinations
    let wakeup: WakeupChannel
    private let state = Mutex(State())
    /// The largest frame that both sides take; what was configured until the broker has said.
    private let frameSize: Atomic<Int>
    var maxFrameSize: Int { frameSize.load(ordering: .relaxed) }

    func agreed(maxFrameSize: Int) { frameSize.store(maxFrameSize, ordering: .relaxed) }

    init(_ configuration: AMQPConnection.Configuration, _ destinations: Destinations) throws {
        self.configuration = configuration
        self.destinations = destinations
        wakeup = try WakeupChannel()
        frameSize = Atomic(configuration.maxFrameSize)
    }

    /// Starts the thread. It keeps the core alive until the connection has ended.
    func start() throws {
        // rabbitmq-c reads nested tables and arrays by recursion, as deep as a frame has room for at five bytes a level.
        let stackSize = min((1 << 20) + configuration.maxFrameSize / 5 * 512, 128 << 20)
        let thread = BackgroundThread(name: "spanlink-amqp", stackSize: stackSize) { _ in ConnectionLoop(self).run() }
        guard thread.started else {
            throw AMQPError(.other, "No thread can be started. Raise the process's limits")
        }
        state.withLock { $0.thread = thread }
    }

    // MARK: From tasks

    func newChannelID() -> ChannelID {
        state.withLock { state in
            state.nextChannel += 1
            return ChannelID(value: state.nextChannel)
        }
    }

    func submit(_ command: any Command) { submit(CollectionOfOne(command)) }

    /// Hands commands over, in order and together.
    func submit(_ commands: some Collection<any Command>) {
        let now = MonotonicTime.now
        let (refusal, isFirst): (AMQPError?, Bool) = state.withLock { state in
            if let ended = state.ended { return (ended, false) }
            if state.isShuttingDown, commands.first?.isPublish == true { return (.closed, false) }
            let isFirst = state.inbox.isEmpty
            for command in commands { state.inbox.append(Waiting(command: command, since: now)) }
            return (nil, isFirst)
        }
        if let refusal {
            for command in commands { command.fail(refusal) }
        } else if isFirst {
            wakeup.signal()
        }
    }

    /// Takes no more messages to publish, and ends the consumers.
    func beginShutdown() {
        let consumers = state.withLock { state -> [ConsumerQueue] in
            state.isShuttingDown = true
            return Array(state.consumers.values)
        }
        for consumer in consumers { consumer.end() }
    }

    var isShuttingDown: Bool { state.withLock(\.isShuttingDown) }

    /// Closes the connection once every publish has its answer, or at the deadline.
    func close(by deadline: MonotonicTime) {
        beginShutdown()
        state.withLock { $0.closeDeadline = min($0.closeDeadline ?? .never, deadline) }
        wakeup.signal()
    }

    /// Waits for the thread to have ended.
    nonisolated(nonsending) func finished(by deadline: ContinuousClock.Instant) async {
        if let thread = state.withLock(\.thread) { await thread.finished(by: deadline) }
    }

    /// Has the consumer ended with the shutdown.
    func register(_ consumer: ConsumerQueue) {
        let isLate = state.withLock { state in
            state.consumers[ObjectIdentifier(consumer)] = consumer
            return state.isShuttingDown || state.ended != nil
        }
        if isLate { consumer.end() }
    }

    func unregister(_ consumer: ConsumerQueue) {
        state.withLock { _ = $0.consumers.removeValue(forKey: ObjectIdentifier(consumer)) }
    }

    func isTemporary(queue: String) -> Bool { state.withLock { $0.topology.isTemporary(queue: queue) } }

    // MARK: From the thread

    var closeDeadline: MonotonicTime? { state.withLock(\.closeDeadline) }

    func takeInbox() -> [Waiting] {
        state.withLock { state in
            defer { state.inbox = [] }
            return state.inbox
        }
    }

    func noteTopology(_ request: Request, _ answer: Answer) { state.withLock { $0.topology.note(request, answer) } }
    func renameQueue(_ old: String, to new: String) { state.withLock { $0.topology.rename(old, to: new) } }
    var topology: Topology { state.withLock(\.topology) }

    /// The connection is over for good: whatever comes fails at once.
    func end(_ error: AMQPError) {
        let (inbox, consumers) = state.withLock { state in
            state.ended = error
            defer {
                state.inbox = []
                state.consumers = [:]
            }
            return (state.inbox, Array(state.consumers.values))
        }
        for waiting in inbox { waiting.command.fail(error) }
        for consumer in consumers { if error.code == .closed { consumer.end() } else { consumer.fail(error) } }
    }

    func log(_ level: LogLevel, _ message: String) {
        configuration.logSink?.log(level, message, metadata: [("host", configuration.host)])
    }
}
