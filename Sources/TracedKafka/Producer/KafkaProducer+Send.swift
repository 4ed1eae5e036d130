import CLibrdkafka
import MessagingTracing
import TracingCore

extension KafkaProducer {
    /// Sends a message and waits for the broker's answer. While the local queue is full, it waits for room first.
    ///
    /// The span of the sending ends with the answer; the current trace goes into the message's headers. A cancelled task
    /// that waits for room throws `CancellationError`, and nothing was sent. Once the message is on its way, cancellation
    /// changes nothing: the answer is waited for and returned.
    ///
    /// - Throws: ``KafkaError``: what the broker or librdkafka said. With `timedOut` the message may have arrived.
    public nonisolated(nonsending) func send(_ record: KafkaRecord) async throws -> KafkaReceipt {
        var message = try prepare(record)
        defer { message.discard() }
        let operation = message.channel.instrumentation.startObservedSend(&message)
        var wasCalled = false
        while true {
            let glance = events.room.glance()
            if wasCalled || !glance.isCrowded {
                // Resumed once, by the delivery: with the report, or below when the message was not taken.
                let outcome = await withUnsafeContinuation { continuation in
                    produce(&message, Delivery(.task(continuation), operation))
                }
                switch outcome {
                case .delivered(let partition, let offset, let timestamp):
                    return KafkaReceipt(
                        topic: record.topic, partition: partition, offset: offset, timestamp: timestamp)
                case .failed(let error):
                    if wasCalled { events.room.passOn() }
                    throw error
                case .noRoom:
                    break
                }
            }
            do {
                try await waitForRoom(record, glance, wasCalled: wasCalled)
            } catch {
                operation?.fail(OperationFailure(error))
                throw error
            }
            wasCalled = true
        }
    }

    /// Hands a message over and does not wait. A delivery that fails later is logged, and an error on its span.
    ///
    /// - Throws: ``KafkaError``: `queueFull` when there is no room, which ``send(_:)`` would wait for; `closed`; or what
    ///   librdkafka knows at once, such as an unknown partition.
    public func enqueue(_ record: KafkaRecord) throws {
        guard handle.acquire() else { throw KafkaError.closed }
        defer { handle.release() }
        var message = try outgoing(record)
        defer { message.discard() }
        let operation = message.channel.instrumentation.startObservedSend(&message)
        // When nothing is recorded nobody wants the report: it comes without an object.
        let code = hand(&message, operation.map { Delivery(.nobody, $0) })
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let error =
            code == RD_KAFKA_RESP_ERR__QUEUE_FULL
            ? KafkaError(code, "Message for topic \"\(record.topic)\" was not queued") : notSent(message, code)
        operation?.fail(OperationFailure(error))
        throw error
    }

    /// The record with native headers, for the topic's handle.
    func prepare(_ record: KafkaRecord) throws(KafkaError) -> OutgoingKafkaMessage {
        guard handle.acquire() else { throw .closed }
        defer { handle.release() }
        return try outgoing(record)
    }

    /// The same, by who has the client in use.
    private func outgoing(_ record: KafkaRecord) throws(KafkaError) -> OutgoingKafkaMessage {
        events.learnCluster(from: handle.raw)
        let topic = try events.topics.topic(named: record.topic, of: handle.raw)
        return OutgoingKafkaMessage(record, to: topic, maxMessageBytes: maxMessageBytes)
    }

    /// Waits until the room may suffice for `record`; returns for the next try.
    nonisolated(nonsending) func waitForRoom(
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

    private func notSent(_ message: OutgoingKafkaMessage, _ error: rd_kafka_resp_err_t) -> KafkaError {
        handle.fatalError ?? KafkaError(error, "Message for topic \"\(message.record.topic)\" was not sent")
    }

    /// Gives a message whose outcome somebody waits for to librdkafka. On success, nil: message and `delivery` belong to librdkafka and
    /// end with the report. Else the delivery was completed here with the outcome that is returned.
    @discardableResult
    func produce(_ message: inout OutgoingKafkaMessage, _ delivery: Delivery) -> Delivery.Outcome? {
        let outcome: Delivery.Outcome
        if handle.acquire() {
            defer { handle.release() }
            switch hand(&message, delivery) {
            case RD_KAFKA_RESP_ERR_NO_ERROR: return nil
            case RD_KAFKA_RESP_ERR__QUEUE_FULL: outcome = .noRoom
            case let error:
                outcome = .failed(notSent(message, error))
            }
        } else {
            outcome = .failed(.closed)
        }
        if case .batch = delivery.target, case .noRoom = outcome { return outcome }
        delivery.complete(outcome)
        return outcome
    }

    /// The one place where a message goes to librdkafka. Its report brings back `delivery`, if there is one.
    private func hand(_ message: inout OutgoingKafkaMessage, _ delivery: Delivery?) -> rd_kafka_resp_err_t {
        let retained = delivery.map { Unmanaged.passRetained($0) }
        let error = withOptionalBytes(message.record.key) { key in
            withOptionalBytes(message.record.value) { value in
                spanlink_produce(
                    handle.raw, message.topic.raw, message.record.partition ?? RD_KAFKA_PARTITION_UA,
                    key != nil, key?.baseAddress, key?.count ?? 0,
                    value != nil, value?.baseAddress, value?.count ?? 0,
                    message.record.timestamp ?? 0, message.headers, retained?.toOpaque())
            }
        }
        // librdkafka takes headers and opaque on success alone.
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { message.wasTaken() } else { retained?.release() }
        return error
    }
}
