import CLibrdkafka
public import MessagingTracing
import SpanlinkRuntime
public import TracingCore

/// Reads messages from Kafka, on demand: nothing is pulled that was not asked for. Safe to use from any task; of several
/// pulls at once, each gets its turn in order.
///
/// A commit says that all before it in its partition is done, whoever pulled it. So a loop of `run` or `runBatches` that
/// commits is the only loop of its consumer, and nothing else should pull from it; tasks that share a consumer commit what
/// all of them are done with.
///
/// Call ``shutdown(timeout:)`` when done: it commits what is stored and leaves the group. A consumer that is merely let go
/// does so in the background. Messages stay readable afterwards.
public final class KafkaConsumer: Sendable {
    let handle: KafkaHandle
    let events: ConsumerEvents
    // Given back by `events` before the client is destroyed; used only while the client is in use.
    nonisolated(unsafe) let queue: OpaquePointer
    let source: EventPoller.Source
    let signal: PullSignal
    let turn = PullTurn()
    let loops = RunningLoops()
    let topics: ConsumerTopics
    /// What was subscribed to, for spans over nothing.
    let subscription: [String]
    let cluster = ClusterID()
    let onRebalance: (@Sendable (KafkaRebalance) async -> Void)?
    let startOffsets: (@Sendable ([KafkaPartition]) async -> [KafkaPartitionOffset])?
    /// The group that was named by the configuration, if any.
    public let group: String?
    /// librdkafka commits what is stored (`enable.auto.commit`).
    let commitsInBackground: Bool
    /// It does not, and a loop has stored what could not be committed at its time.
    let hasPutOff = Atomic<Bool>(false)
    /// A pull that waits longer than this polls, or librdkafka takes the application for dead (`max.poll.interval.ms`).
    let keepAlive: Duration
    /// An error that came behind messages: it is for the next pull.
    let pendingError = Mutex<KafkaError?>(nil)
    let isEnding = Atomic<Bool>(false)
    private let isShuttingDown = Atomic<Bool>(false)
    private let didEnd = Promise<Void>()

    /// Subscribes or assigns, and connects in the background; an unreachable broker is no error here.
    ///
    /// - Parameters:
    ///   - configuration: the brokers, and what is to be read.
    ///   - tracing: where spans are recorded, if not where the process records its own.
    ///   - options: what can be chosen about spans.
    /// - Throws: ``KafkaError`` with `invalidConfiguration` and librdkafka's own text.
    public init(
        configuration: Configuration, tracing: TracingBackend? = nil,
        options: MessagingTracingOptions = MessagingTracingOptions()
    ) throws {
        let builder = try configuration.builder()
        rd_kafka_conf_set_rebalance_cb(builder.pointer, ConsumerEvents.rebalanceCallback)
        let interval = builder.value("max.poll.interval.ms").flatMap { Int($0) } ?? 300_000
        commitsInBackground = builder.value("enable.auto.commit") == "true"
        let events = ConsumerEvents()
        let signal = PullSignal()
        let source = try KafkaPoller.register { signal.set() }
        let handle: KafkaHandle
        do {
            handle = try KafkaHandle(
                RD_KAFKA_CONSUMER, builder, events: RD_KAFKA_EVENT_OFFSET_COMMIT, receiver: events,
                logSink: configuration.logSink)
        } catch {
            source.unregister {}
            throw error
        }
        self.handle = handle
        self.events = events
        self.signal = signal
        self.source = source
        group = configuration.groupName
        subscription =
            configuration.topics.isEmpty
            ? Array(Set(configuration.assignments.map(\.partition.topic))) : configuration.topics
        let instrumentation = MessagingInstrumentation.kafka(
            client: handle.raw, servers: configuration.servers, group: group, options: options, backend: tracing)
        topics = ConsumerTopics(instrumentation: instrumentation)
        handle.observeStatistics(
            as: StatisticsMetrics(instrumentation: instrumentation), configuration.onStatistics)
        keepAlive = .milliseconds(max(interval / 3, 1))
        // Partitions that were not assigned by a group are not revoked either.
        onRebalance = configuration.topics.isEmpty ? nil : configuration.onRebalance
        startOffsets = configuration.startOffsets
        // The consumer queue stays apart from the main one: messages are pulled, events are served as they come.
        queue = rd_kafka_queue_get_consumer(handle.raw)
        events.own(queue)
        handle.enableEvents(of: queue, source)
        let error: rd_kafka_resp_err_t
        if configuration.topics.isEmpty {
            error = PartitionList(configuration.assignments).withRaw { rd_kafka_assign(handle.raw, $0) }
        } else {
            let list = PartitionList()
            for topic in configuration.topics {
                list.append(topic: topic)
            }
            error = list.withRaw { rd_kafka_subscribe(handle.raw, $0) }
        }
        // Thrown once everything is initialised: `deinit` then cleans up.
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(
                .invalidConfiguration,
                "librdkafka refuses the topics or assignments: \(String(cString: rd_kafka_err2str(error))). Check their names",
                brokerCode: error.rawValue)
        }
    }

    deinit {
        guard !isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // Nobody pulls: a pull holds the consumer. `rd_kafka_destroy` closes it.
        events.isClosing.store(true, ordering: .releasing)
        handle.disableEvents(of: queue)
        source.unregister {}
        handle.close()
        let (handle, events) = (handle, events)
        BlockingCall.start {
            for rebalance in events.takeRebalances() { rebalance.apply(to: handle) }
            rd_kafka_consumer_close(handle.raw)
            handle.release()
        }
    }

    // MARK: Ending

    /// No more messages are handed out: pulls that wait end, and so do the loops over ``messages`` and `batches`. Commits
    /// are still possible.
    public func beginShutdown() {
        isEnding.store(true, ordering: .releasing)
        turn.close()
        signal.set()
    }

    /// Ends the pulls, lets `run` and `runBatches` finish and commit what their handlers hold, commits what is stored, leaves
    /// the group and ends the client. Loops of your own: end them first, with ``beginShutdown()``. Messages stay readable.
    /// A second call waits for the first.
    ///
    /// Returns after `timeout` at the latest; what is left goes on in the background. From inside a handler call
    /// ``beginShutdown()`` instead: this would wait for the handler itself.
    public nonisolated(nonsending) func shutdown(timeout: Duration = .seconds(30)) async {
        beginShutdown()
        let deadline = ContinuousClock.now + timeout
        guard !isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) else {
            _ = await didEnd.value(by: deadline)
            return
        }
        // The close itself needs some of the time.
        if await !loops.allLeft(by: deadline - timeout / 10) {
            handle.log(.warning, "A handler did not end within \(timeout); what it holds is not committed")
        }
        // In a task of its own: an `onRebalance` that does not return keeps the turn, but not the caller.
        Task {
            await turn.enterLast()
            await giveUpAssignment()
            await commitWhatWasPutOff()
            close()
        }
        if await didEnd.value(by: deadline) == nil {
            handle.log(.warning, "The consumer could not close within \(timeout); it goes on in the background")
        }
    }

    /// Commits what is stored and leaves the group, on a thread that may block. Nobody pulls any more.
    private func close() {
        events.isClosing.store(true, ordering: .releasing)
        let (handle, events, source, queue) = (handle, events, source, Unchecked(queue))
        let didEnd = didEnd
        events.commits.end {
            BlockingCall.start {
                for rebalance in events.takeRebalances() { rebalance.apply(to: handle) }
                let error = rd_kafka_consumer_close(handle.raw)
                if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                    handle.log(.warning, "Closing the consumer: \(String(cString: rd_kafka_err2str(error)))")
                }
                handle.disableEvents(of: queue.value)
                source.unregister {
                    handle.close()
                    handle.release()
                    didEnd.resolve(())
                }
            }
        }
    }

    /// `rd_kafka_destroy` has returned: after the shutdown, and once no batch is held any more.
    nonisolated(nonsending) func destroyed(within limit: Duration) async -> Bool {
        await handle.destroyed.value(by: .now + limit) != nil
    }
}
