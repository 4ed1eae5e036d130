import CLibrdkafka
import MessagingTracing
import SpanlinkRuntime
import TracingCore

extension KafkaConsumer {
    typealias FirstWait = BatchCutter.FirstWait

    /// How many messages librdkafka is asked for at once.
    private static let largestPull = 1024

    /// The one place where messages are taken from librdkafka. Its position moves by what is returned and no further.
    ///
    /// Waits for the first message as `firstWait` says, then up to `maxWait` for more, and ends at `maxCount`. A cancelled
    /// task gets what it has, or `CancellationError` if that is nothing. A rebalance cuts a batch short: it is carried out
    /// by the next pull, when the batch has been handled.
    ///
    /// - Parameter loop: the loop that pulls; nil for a pull of the application.
    /// - Returns: The messages, none when the time is over; nil when the consumer was shut down.
    nonisolated(nonsending) func nextBatch(
        maxCount: Int, maxWait: Duration, firstWait: FirstWait, in loop: ConsumerLoop?
    ) async throws -> KafkaMessageBatch? {
        try Self.check(maxCount: maxCount, maxWait: maxWait)
        if case .atMost(let wait) = firstWait { try Self.check(maxCount: maxCount, maxWait: wait) }
        if Task.isCancelled { throw CancellationError() }
        switch await turn.enter() {
        case .entered: break
        case .cancelled: throw CancellationError()
        case .closed: return nil
        }
        defer { turn.leave() }
        if let error = takePendingError() ?? handle.fatalError { throw error }
        guard handle.acquire() else { return nil }
        defer { handle.release() }
        if events.isRebalancing { await rebalance() }

        let storage = MessageStorage(self, loop: loop, capacity: min(maxCount, Self.largestPull))
        var cutter = BatchCutter(maxCount: maxCount, maxWait: maxWait, firstWait: firstWait)
        while true {
            if isEnding.load(ordering: .acquiring) {
                if storage.count == 0 { return nil }
                cutter.cut()
            }
            switch cutter.next(now: { .now }) {
            case .pull(let wanted):
                pull(wanted, into: storage, &cutter)
            case .wait(let until):
                if let error = handle.fatalError, storage.count == 0 { throw error }
                source.setDeadline(min(until, MonotonicTime.now.advanced(by: keepAlive)))
                await signal.wait()
                cutter.woken()
                if Task.isCancelled {
                    if storage.count == 0 { throw CancellationError() }
                    cutter.cut()
                }
            case .deliver:
                if storage.count == 0, let error = takePendingError() { throw error }
                if storage.count == 0, events.isRebalancing {
                    await rebalance()
                    cutter = BatchCutter(maxCount: maxCount, maxWait: maxWait, firstWait: firstWait)
                    continue
                }
                if storage.count == 0, await brokersAreDown() {
                    throw handle.failure(
                        RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "No message in time, and no broker can be reached")
                }
                learnCluster()
                storage.complete()
                return KafkaMessageBatch(storage: storage)
            }
        }
    }

    /// One pull from librdkafka, which may also meet errors and rebalances.
    private func pull(_ wanted: Int, into storage: MessageStorage, _ cutter: inout BatchCutter) {
        let wanted = min(wanted, Self.largestPull)
        let before = storage.count
        var failure: KafkaError?
        let given = storage.pull(wanted, from: queue) { message in
            failure = failure ?? self.failure(in: message)
        }
        cutter.pulled(storage.count - before, drained: given < wanted)
        if let failure {
            pendingError.withLock { $0 = failure }
            cutter.cut()
        }
        // What was pulled is of the old assignment and is handed out first.
        if events.isRebalancing { cutter.cut() }
    }

    /// Spans name the cluster once librdkafka knows it, which it does before any message comes.
    private func learnCluster() {
        cluster.learn(from: handle.raw) { topics.use(topics.instrumentation.saying($0)) }
    }

    private func takePendingError() -> KafkaError? {
        pendingError.withLock { error in
            defer { error = nil }
            return error
        }
    }

    /// What an error in the place of a message means: nil where librdkafka goes on by itself, which is logged.
    private func failure(in message: UnsafePointer<rd_kafka_message_t>) -> KafkaError? {
        let error = message.pointee.err
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) }
        switch error {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF: return nil
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            handle.log(
                .warning, text ?? String(cString: rd_kafka_err2str(error)), [("error.type", kafkaErrorName(error))])
            return nil
        case RD_KAFKA_RESP_ERR__FATAL:
            return handle.learnFatalError() ?? KafkaError(error, "Consuming", text: text)
        default: return KafkaError(error, "Consuming", text: text)
        }
    }

    /// Carries announced rebalances out: the handler is told before partitions go and after they came.
    private nonisolated(nonsending) func rebalance() async {
        for rebalance in events.takeRebalances() {
            let told = rebalance.kind.map {
                KafkaRebalance(kind: $0, partitions: rebalance.list.partitions, consumer: self)
            }
            if let told, told.kind != .assigned { await onRebalance?(told) }
            if let told, told.kind == .assigned, let startOffsets {
                rebalance.list.begin(at: await startOffsets(told.partitions))
            }
            if rebalance.kind == .revoked { await commitWhatWasPutOff() }
            events.commits.willApply(rebalance)
            let (handle, events) = (handle, events)
            let isApplied = await BlockingCall.run {
                // A pause would outlast the assignment in librdkafka.
                if rebalance.kind != .assigned {
                    _ = events.paused.resume(rebalance.kind == nil ? nil : rebalance.list.partitions, on: handle)
                }
                return rebalance.apply(to: handle)
            }
            if isApplied, let told, told.kind == .assigned { await onRebalance?(told) }
        }
    }

    /// Before the close, which revokes what is assigned when no commit is possible any more: has the handler told. For who
    /// has the turn.
    nonisolated(nonsending) func giveUpAssignment() async {
        if events.isRebalancing { await rebalance() }
        guard let onRebalance, let partitions = try? await assignment(), !partitions.isEmpty else { return }
        let isLost = rd_kafka_assignment_lost(handle.raw) != 0
        await onRebalance(KafkaRebalance(kind: isLost ? .lost : .revoked, partitions: partitions, consumer: self))
    }

    /// librdkafka says when all brokers are down, not when one is back: ask, but only after it has said so.
    private nonisolated(nonsending) func brokersAreDown() async -> Bool {
        guard handle.brokersDown.load(ordering: .acquiring) else { return false }
        let handle = handle
        let isUp = await BlockingCall.run {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let error = rd_kafka_metadata(handle.raw, 0, nil, &metadata, 250)
            if let metadata { rd_kafka_metadata_destroy(metadata) }
            return error == RD_KAFKA_RESP_ERR_NO_ERROR
        }
        if isUp { handle.brokersDown.store(false, ordering: .releasing) }
        return !isUp
    }

    static func check(maxCount: Int, maxWait: Duration) throws {
        guard maxCount > 0 else {
            throw KafkaError(.invalidArgument, "maxCount is \(maxCount). Give 1 or more")
        }
        guard maxCount <= 10_000_000 else {
            throw KafkaError(.invalidArgument, "maxCount is \(maxCount). Give at most 10,000,000")
        }
        guard maxWait >= .zero else {
            throw KafkaError(.invalidArgument, "maxWait is \(maxWait). Give zero or more")
        }
    }
}
