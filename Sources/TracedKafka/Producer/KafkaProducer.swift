import CLibrdkafka
import Synchronization
import TracingCore

/// Sends messages to Kafka. Safe to use from any task and thread.
///
/// Call ``shutdown(within:)`` when done: it delivers what is queued. A producer that is merely let go delivers in the
/// background what it can within ten seconds, and drops the rest.
public final class KafkaProducer: Sendable {
    let handle: KafkaHandle
    let events: ProducerEvents
    /// `beginShutdown` was called.
    private let isEnding = OneShotEvent()
    private let isShuttingDown = Atomic<Bool>(false)
    private let hasEnded = OneShotEvent()

    /// Connects in the background; an unreachable broker is no error here.
    ///
    /// - Throws: ``KafkaError`` with `invalidConfiguration` and librdkafka's own text.
    public init(configuration: Configuration) throws {
        let common = CommonConfiguration(
            bootstrapServers: configuration.bootstrapServers, clientID: configuration.clientID,
            properties: configuration.properties, statisticsInterval: configuration.statisticsInterval)
        let builder = try common.builder(defaults: [])
        events = ProducerEvents(logSink: configuration.logSink)
        handle = try KafkaHandle(
            RD_KAFKA_PRODUCER, builder, events: RD_KAFKA_EVENT_DR, receiver: events, logSink: configuration.logSink,
            onStatistics: configuration.onStatistics)
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

    // MARK: Sending

    /// Sends a message and waits for the broker's answer. While the local queue is full, it waits for room first.
    ///
    /// A cancelled task that waits for room throws `CancellationError`, and nothing was sent. Once the message is on its
    /// way, cancellation changes nothing: the answer is waited for and returned.
    ///
    /// - Throws: ``KafkaError``: what the broker or librdkafka said. With `timedOut` the message may have arrived.
    public nonisolated(nonsending) func send(_ record: KafkaRecord) async throws -> KafkaReceipt {
        var wasCalled = false
        while true {
            let glance = events.room.glance()
            if wasCalled || !glance.isCrowded {
                let outcome = await withUnsafeContinuation { continuation in
                    produce(record, Delivery(.task(continuation)))
                }
                switch outcome {
                case .delivered(let partition, let offset, let timestamp):
                    return KafkaReceipt(topic: record.topic, partition: partition, offset: offset, timestamp: timestamp)
                case .failed(let error):
                    if wasCalled { events.room.passOn() }
                    throw error
                case .noRoom:
                    break
                }
            }
            try await waitForRoom(record, glance, wasCalled: wasCalled)
            wasCalled = true
        }
    }

    /// Hands a message over and does not wait. A delivery that fails later is only logged.
    ///
    /// - Throws: ``KafkaError``: `queueFull` when there is no room, which ``send(_:)`` would wait for; `closed`; or what
    ///   librdkafka knows at once, such as an unknown partition.
    public func enqueue(_ record: KafkaRecord) throws {
        let delivery = Delivery(.nobody)
        switch produce(record, delivery) {
        case nil: return
        case .failed(let error)?: throw error
        case .noRoom?, .delivered?:
            throw KafkaError(
                RD_KAFKA_RESP_ERR__QUEUE_FULL, "Message for topic \"\(record.topic)\" was not queued")
        }
    }

    /// Sends messages, all in flight before the first answer is waited for, and waits for every answer.
    ///
    /// When the task is cancelled while the queue is full, the rest is not sent (`cancelled`); what is on its way is
    /// waited for.
    ///
    /// - Returns: The receipts in the order of `records`.
    /// - Throws: ``KafkaBatchError`` with each message's result when any did not arrive.
    public nonisolated(nonsending) func sendBatch(_ records: [KafkaRecord]) async throws -> [KafkaReceipt] {
        guard !records.isEmpty else { return [] }
        let batch = BatchDelivery(count: records.count)
        var ended: KafkaError?
        for (index, record) in records.enumerated() {
            if let ended {
                batch.complete(index, .failed(ended))
                continue
            }
            var wasCalled = false
            sending: while true {
                let glance = events.room.glance()
                if wasCalled || !glance.isCrowded {
                    switch produce(record, Delivery(.batch(batch, index: index))) {
                    case .noRoom?: break
                    case .failed?:
                        if wasCalled { events.room.passOn() }
                        break sending
                    case .delivered?, nil: break sending
                    }
                }
                do {
                    try await waitForRoom(record, glance, wasCalled: wasCalled)
                    wasCalled = true
                } catch {
                    let failure = error as? KafkaError
                    let reason = failure ?? KafkaError(.cancelled, "The task was cancelled; this message was not sent")
                    batch.complete(index, .failed(reason))
                    // A message that can never fit says nothing about the others.
                    if reason.code != .messageTooLarge { ended = reason }
                    break sending
                }
            }
        }
        let outcomes = await batch.outcomes()
        var failed = false
        let results = zip(records, outcomes).map { record, outcome -> Result<KafkaReceipt, KafkaError> in
            switch outcome {
            case .delivered(let partition, let offset, let timestamp)?:
                return .success(
                    KafkaReceipt(topic: record.topic, partition: partition, offset: offset, timestamp: timestamp))
            case .failed(let error)?:
                failed = true
                return .failure(error)
            case .noRoom?, nil:
                failed = true
                return .failure(KafkaError(.queueFull, "The message was not queued"))
            }
        }
        if failed { throw KafkaBatchError(results: results) }
        return try results.map { try $0.get() }
    }

    /// Waits until the room may suffice for `record`; returns for the next try.
    private nonisolated(nonsending) func waitForRoom(
        _ record: KafkaRecord, _ glance: SendRoomQueue.Glance, wasCalled: Bool
    ) async throws {
        // With nothing on its way no report will come to make room: the message alone is too much.
        if !glance.isCrowded || wasCalled, queueIsEmpty(), events.room.isQuiet(since: glance) {
            if wasCalled { events.room.passOn() }
            throw KafkaError(
                .messageTooLarge,
                "The message for topic \"\(record.topic)\" does not fit into the empty queue: raise "
                    + "queue.buffering.max.kbytes or send less")
        }
        switch await events.room.wait(after: glance, wasCalled: wasCalled) {
        case .tryNow: return
        case .closed: throw KafkaError.closed
        case .cancelled: throw CancellationError()
        }
    }

    private func queueIsEmpty() -> Bool {
        guard handle.acquire() else { return false }
        defer { handle.release() }
        return rd_kafka_outq_len(handle.raw) == 0
    }

    /// The one place where a message goes to librdkafka. On success, nil: `delivery` belongs to librdkafka and ends with
    /// the report. Else the delivery was completed here with the outcome that is returned.
    @discardableResult
    private func produce(_ record: KafkaRecord, _ delivery: Delivery) -> Delivery.Outcome? {
        let outcome: Delivery.Outcome
        if handle.acquire() {
            defer { handle.release() }
            do {
                let topic = try events.topics.topic(named: record.topic, of: handle.raw)
                let error = hand(record, to: topic, delivery)
                switch error {
                case RD_KAFKA_RESP_ERR_NO_ERROR: return nil
                case RD_KAFKA_RESP_ERR__QUEUE_FULL: outcome = .noRoom
                default:
                    outcome = .failed(
                        handle.fatalError
                            ?? KafkaError(error, "Message for topic \"\(record.topic)\" was not sent"))
                }
            } catch {
                outcome = .failed(error)
            }
        } else {
            outcome = .failed(.closed)
        }
        if case .batch = delivery.target, case .noRoom = outcome { return outcome }
        delivery.complete(outcome)
        return outcome
    }

    private func hand(_ record: KafkaRecord, to topic: OpaquePointer, _ delivery: Delivery) -> rd_kafka_resp_err_t {
        let headers = record.headers.isEmpty ? nil : makeHeaders(record.headers)
        let retained = Unmanaged.passRetained(delivery)
        let error = withOptionalBytes(record.key) { key in
            withOptionalBytes(record.value) { value in
                spanlink_produce(
                    handle.raw, topic, record.partition ?? RD_KAFKA_PARTITION_UA,
                    key != nil, key?.baseAddress, key?.count ?? 0,
                    value != nil, value?.baseAddress, value?.count ?? 0,
                    record.timestamp ?? 0, headers, retained.toOpaque())
            }
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            retained.release()
            // librdkafka takes headers on success alone.
            if let headers { rd_kafka_headers_destroy(headers) }
        }
        return error
    }

    private func makeHeaders(_ headers: KafkaHeaders) -> OpaquePointer? {
        let list = rd_kafka_headers_new(headers.count)
        for header in headers.elements {
            header.storedName.withUnsafeBytes { name in
                withOptionalBytes(header.storedValue) { value in
                    // An empty value has an address, a null one has none.
                    let address = value.map { $0.baseAddress ?? UnsafeRawPointer(list!) }
                    _ = rd_kafka_header_add(list, name.baseAddress, name.count, address, value?.count ?? 0)
                }
            }
        }
        return list
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
    /// their way are not touched. Ends ``run()``, which then shuts down.
    public func beginShutdown() {
        handle.close()
        events.room.close()
        isEnding.fire()
    }

    /// Delivers what is queued, for as long as `deadline` allows, then drops the rest (`purged`) and ends the client.
    /// When it returns, each `send` has its answer. A second call waits for the first.
    public nonisolated(nonsending) func shutdown(within deadline: Duration = .seconds(30)) async {
        beginShutdown()
        if !isShuttingDown.exchange(true, ordering: .acquiringAndReleasing) {
            let handle = handle
            await BlockingCall.run { KafkaProducer.finish(handle, within: deadline) }
            handle.release()
            _ = await handle.destroyed.wait(atMost: .seconds(10))
            hasEnded.fire()
        } else {
            _ = await hasEnded.wait()
        }
    }

    /// For services: waits for ``beginShutdown()`` or the task's cancellation, then shuts down within 30 seconds.
    public nonisolated(nonsending) func run() async {
        _ = await isEnding.wait()
        await shutdown()
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
