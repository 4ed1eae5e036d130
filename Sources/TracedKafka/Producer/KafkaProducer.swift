import CLibrdkafka
public import MessagingTracing
import SpanlinkRuntime
public import TracingCore

/// Sends messages to Kafka. Safe to use from any task and thread.
///
/// Call ``shutdown(timeout:)`` when done: it delivers what is queued. A producer that is merely let go delivers in the
/// background what it can within ten seconds, and drops the rest.
public final class KafkaProducer: LifecycleComponent {
    let handle: KafkaHandle
    let events: ProducerEvents
    /// `beginShutdown` was called.
    private let shutdownRequested = Promise<Void>()
    private let isShuttingDown = Atomic<Bool>(false)
    private let didEnd = Promise<Void>()

    /// How large a message may be, `message.max.bytes`.
    let maxMessageBytes: Int

    /// Connects in the background; an unreachable broker is no error here.
    ///
    /// - Parameters:
    ///   - configuration: the brokers, and what else is to be set.
    ///   - tracing: where spans are recorded, if not where the process records its own.
    ///   - options: what can be chosen about spans.
    /// - Throws: ``KafkaError`` with `invalidConfiguration` and librdkafka's own text.
    public init(
        configuration: Configuration, tracing: TracingBackend? = nil,
        options: MessagingTracingOptions = MessagingTracingOptions()
    ) throws {
        let common = CommonConfiguration(
            bootstrapServers: configuration.bootstrapServers, clientID: configuration.clientID,
            properties: configuration.properties, statisticsInterval: configuration.statisticsInterval)
        let builder = try common.builder(defaults: [])
        try builder.refuse(
            "delivery.report.only.error", { $0 == "true" },
            "Remove it: a send ends with the report of its message, also of one that was delivered")
        try builder.refuse("transactional.id", { !$0.isEmpty }, "Remove it: transactions are not wrapped yet")
        maxMessageBytes = builder.value("message.max.bytes").flatMap { Int($0) } ?? 1_000_000
        let events = ProducerEvents(logSink: configuration.logSink)
        self.events = events
        handle = try KafkaHandle(
            RD_KAFKA_PRODUCER, builder, events: RD_KAFKA_EVENT_DR, receiver: events, logSink: configuration.logSink)
        let instrumentation = MessagingInstrumentation.kafka(
            client: handle.raw, servers: common.servers, group: nil, options: options, backend: tracing)
        events.topics.use(instrumentation)
        handle.observeStatistics(
            as: StatisticsMetrics(instrumentation: instrumentation), configuration.onStatistics)
    }

    deinit {
        guard !isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        handle.close()
        let handle = handle
        BlockingCall.start {
            KafkaProducer.finish(handle, within: .seconds(10))
            handle.release()
        }
    }

    // MARK: Ending

    /// Waits until every message that was handed over has its answer; batches are sent without linger.
    ///
    /// - Throws: ``KafkaError`` with `timedOut` when some have none after `timeout`; they stay on their way.
    public nonisolated(nonsending) func flush(timeout: Duration = .seconds(30)) async throws {
        guard timeout >= .zero else {
            throw KafkaError(.invalidArgument, "The time-out of flush is negative. Give zero or more")
        }
        guard handle.acquire() else { throw KafkaError.closed }
        let handle = handle
        let result = await BlockingCall.run {
            defer { handle.release() }
            return rd_kafka_flush(handle.raw, timeout.wholeMilliseconds)
        }
        if result != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(result, "Some messages have no answer after \(timeout)")
        }
    }

    /// Takes no more messages: `send` and `enqueue` throw `closed` from now on, also those that wait for room. Messages on
    /// their way are not touched. Ends ``run()``.
    public func beginShutdown() {
        handle.close()
        events.room.close()
        shutdownRequested.resolve(())
    }

    /// Delivers what is queued, for as long as `timeout` allows, then drops the rest (`purged`) and ends the client.
    /// When it returns, each `send` has its answer. A second call waits for the first.
    public nonisolated(nonsending) func shutdown(timeout: Duration = .seconds(30)) async {
        beginShutdown()
        if !isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) {
            let handle = handle
            await BlockingCall.run { KafkaProducer.finish(handle, within: timeout) }
            handle.release()
            _ = await handle.destroyed.value(by: .now + .seconds(10))
            didEnd.resolve(())
        } else {
            _ = await didEnd.value()
        }
    }

    /// For services: waits for ``beginShutdown()`` or the task's cancellation. Sending needs no `run()`.
    public nonisolated(nonsending) func run() async {
        await runUntilShutdown { _ = await shutdownRequested.value() }
    }

    /// Flushes, then purges until nothing is left. Blocks.
    private static func finish(_ handle: KafkaHandle, within deadline: Duration) {
        guard rd_kafka_flush(handle.raw, deadline.wholeMilliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let left = rd_kafka_outq_len(handle.raw)
        handle.log(.warning, "\(left) messages were not delivered before the producer ended and are dropped")
        for _ in 0..<100 {
            rd_kafka_purge(handle.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            if rd_kafka_flush(handle.raw, 100) == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        }
        handle.log(.error, "Some messages could not be dropped; whoever waits for them waits on")
    }
}
