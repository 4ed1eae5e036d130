import SpanlinkRuntime
internal import TracingCore

/// What tasks and the thread of a socket share: commands that wait, what was declared, and how it ends.
final class ConnectionCore: Sendable {
    private struct State {
        var inbox = Deque<Waiting>()
        var ended: AMQPError?
        var isShuttingDown = false
        var closeDeadline: MonotonicTime?
        var consumers: [ObjectIdentifier: ConsumerQueue] = [:]
        var nextChannel: UInt64 = 0
        var thread: WorkerThread?
        /// Of the present connection.
        var cutter: SocketCutter?
        /// The socket for publishing, once there is one.
        var publisher: ConnectionCore?
    }

    /// A command and since when it waits.
    struct Waiting {
        let command: any Command
        let since: MonotonicTime
    }

    let configuration: AMQPConnection.Configuration
    let destinations: Destinations
    let topology: DeclaredTopology
    /// For a socket that only publishes: the one that does all the rest.
    let primary: ConnectionCore?
    let wakeup: WakeupFD
    /// Since when the socket is not ready, in nanoseconds; zero when it is, or never will be again.
    private let unreadySince = Atomic(MonotonicTime.now.nanoseconds)
    private let state = Mutex(State())
    /// The largest frame that both sides take; what was configured until the broker has said.
    private let frameSize: Atomic<Int>
    var maxFrameSize: Int { frameSize.load(ordering: .relaxed) }

    func agreed(maxFrameSize: Int) { frameSize.store(maxFrameSize, ordering: .relaxed) }

    init(_ configuration: AMQPConnection.Configuration, _ destinations: Destinations) throws(AMQPError) {
        self.configuration = configuration
        self.destinations = destinations
        topology = DeclaredTopology()
        primary = nil
        wakeup = try Self.makeWakeup()
        frameSize = Atomic(configuration.maxFrameSize)
    }

    /// A socket that publishes for another one.
    private init(publishingFor primary: ConnectionCore) throws(AMQPError) {
        configuration = primary.configuration
        // Behind a load balancer it may be to another node.
        destinations = Destinations(primary.destinations.instrumentation, configuration)
        topology = primary.topology
        self.primary = primary
        wakeup = try Self.makeWakeup()
        frameSize = Atomic(primary.maxFrameSize)
    }

    private static func makeWakeup() throws(AMQPError) -> WakeupFD {
        do { return try WakeupFD() } catch { throw AMQPError(.other, error.message) }
    }

    /// Starts the thread. It keeps the core alive until the connection has ended.
    func start() throws(AMQPError) {
        // Of a name systems show 15 bytes.
        let name = "amqp-\(configuration.port)" + (primary == nil ? "" : "-pub")
        // rabbitmq-c reads nested tables and arrays by recursion, as deep as a frame has room for at five bytes a level.
        let stackSize = min((1 << 20) + configuration.maxFrameSize / 5 * 512, 128 << 20)
        let thread = WorkerThread(name: name, stackSize: stackSize) { _ in ConnectionLoop(self).run() }
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

    func submit(_ command: some Command) { submit(CollectionOfOne(command)) }

    /// Hands commands over, in order and together.
    func submit<Some: Command>(_ commands: some Collection<Some>) {
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

    /// Takes no more messages to publish, on both sockets, and ends the consumers.
    func beginShutdown() {
        let (consumers, publisher) = state.withLock { state in
            state.isShuttingDown = true
            return (Array(state.consumers.values), state.publisher)
        }
        for consumer in consumers { consumer.end() }
        publisher?.beginShutdown()
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

    /// Has the thread come back from wherever it waits for the broker: the connection is lost.
    func cut() { state.withLock(\.cutter)?.cut() }

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

    func isTemporary(queue: String) -> Bool { topology.isTemporary(queue: queue) }

    // MARK: The socket for publishing

    /// Makes it for the first who asks; this one where the configuration wants one for all.
    func publishingCore() throws(AMQPError) -> ConnectionCore {
        guard configuration.separatesPublishing else { return self }
        return try state.withLock { state throws(AMQPError) in
            if let publisher = state.publisher { return publisher }
            if let ended = state.ended { throw ended }
            if state.isShuttingDown { throw .closed }
            let publisher = try ConnectionCore(publishingFor: self)
            try publisher.start()
            state.publisher = publisher
            return publisher
        }
    }

    /// What there is to close, in this order: publishes are confirmed before the socket goes that declared.
    var sockets: [ConnectionCore] { state.withLock { $0.publisher.map { [$0] } ?? [] } + [self] }

    /// Whether commands may go out. Whoever publishes for this socket may wait for it.
    func setReady(_ isReady: Bool) {
        unreadySince.store(isReady ? 0 : MonotonicTime.now.nanoseconds, ordering: .releasing)
        state.withLock(\.publisher)?.wakeup.signal()
    }

    /// Since when messages wait for the other socket, which alone can bring back an exclusive queue or one that the broker
    /// named; nil when they need not.
    var waitsForPrimarySince: MonotonicTime? {
        guard let primary else { return nil }
        let since = primary.unreadySince.load(ordering: .acquiring)
        return since == 0 || !topology.isBoundToConnection ? nil : MonotonicTime(nanoseconds: since)
    }

    // MARK: From the thread

    /// The connection has a socket that a shutdown may cut; nil when it is gone.
    func opened(_ socket: Int32?) { state.withLock { $0.cutter = socket.map(SocketCutter.init) } }

    var closeDeadline: MonotonicTime? { state.withLock(\.closeDeadline) }

    /// Commands that were taken wait here again, before others: a shutdown can end them while the thread connects.
    func putBack(_ commands: Deque<Waiting>) {
        let ended = state.withLock { state in
            if state.ended == nil { state.inbox.prepend(contentsOf: commands) }
            return state.ended
        }
        if let ended { for waiting in commands { waiting.command.fail(ended) } }
    }

    func takeInbox() -> Deque<Waiting> {
        state.withLock { state in
            defer { state.inbox = [] }
            return state.inbox
        }
    }

    /// The connection is over for good: whatever comes fails at once. Also from a task whose patience with the thread is over.
    func end(_ error: AMQPError) {
        setReady(true)
        let (inbox, consumers) = state.withLock { state in
            state.ended = state.ended ?? error
            defer {
                state.inbox = []
                state.consumers = [:]
                // Which refers to this one.
                state.publisher = nil
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
