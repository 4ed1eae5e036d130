import CLibrdkafka
import MessagingTracing

extension KafkaProducer {
    /// Sends messages, all in flight before the first answer is waited for, and waits for every answer.
    ///
    /// Each message has a create span, whose context it carries, and one send span links to all of them, unless the
    /// options say otherwise. When the task is cancelled while the queue is full, the rest is not sent (`cancelled`); what
    /// is on its way is waited for.
    ///
    /// - Returns: The receipts in the order of `records`.
    /// - Throws: ``KafkaBatchError`` with each message's result when any did not arrive.
    public nonisolated(nonsending) func sendBatch(_ records: [KafkaRecord]) async throws -> [KafkaReceipt] {
        guard !records.isEmpty else { return [] }
        let batch = BatchDelivery(count: records.count)
        var messages: [OutgoingKafkaMessage] = []
        var positions: [Int] = []
        for (position, record) in records.enumerated() {
            do {
                messages.append(try prepare(record))
                positions.append(position)
            } catch {
                batch.complete(position, .failed(error))
            }
        }
        defer { for index in messages.indices { messages[index].discard() } }
        let operation = events.topics.instrumentation.startBatchSend(&messages)
        await hand(&messages, at: positions, to: batch)
        let results = zip(records, await batch.outcomes()).map(Self.result)
        var failures: [Int: OperationFailure] = [:]
        for (index, position) in positions.enumerated() {
            if case .failure(let error) = results[position] { failures[index] = OperationFailure(error) }
        }
        operation.end(failures: failures, learned: events.cluster.attribute)
        guard results.allSatisfy({ (try? $0.get()) != nil }) else { throw KafkaBatchError(results: results) }
        return try results.map { try $0.get() }
    }

    /// Hands every message to librdkafka, waiting for room where there is none. After the first that cannot be sent because
    /// of the client or the task, no further one is tried.
    private nonisolated(nonsending) func hand(
        _ messages: inout [OutgoingKafkaMessage], at positions: [Int], to batch: BatchDelivery
    ) async {
        var ended: KafkaError?
        for index in messages.indices {
            let position = positions[index]
            if let ended {
                batch.complete(position, .failed(ended))
                continue
            }
            if let error = await hand(&messages[index], at: position, to: batch) {
                batch.complete(position, .failed(error))
                // A message that can never fit says nothing about the others.
                if error.code != .messageTooLarge { ended = error }
            }
        }
    }

    /// Hands one message over; the error when it found no room. Any other outcome reaches the batch by itself.
    private nonisolated(nonsending) func hand(
        _ message: inout OutgoingKafkaMessage, at position: Int, to batch: BatchDelivery
    ) async -> KafkaError? {
        var wasCalled = false
        while true {
            let glance = events.room.glance()
            if wasCalled || !glance.isCrowded {
                switch produce(&message, Delivery(.batch(batch, index: position), nil)) {
                case .noRoom?: break
                case .failed?:
                    if wasCalled { events.room.passOn() }
                    return nil
                case .delivered?, nil: return nil
                }
            }
            do {
                try await waitForRoom(message.record, glance, wasCalled: wasCalled)
            } catch {
                return error as? KafkaError
                    ?? KafkaError(.cancelled, "The task was cancelled; this message was not sent")
            }
            wasCalled = true
        }
    }

    private static func result(
        _ record: KafkaRecord, _ outcome: Delivery.Outcome?
    ) -> Result<KafkaReceipt, KafkaError> {
        switch outcome {
        case .delivered(let partition, let offset, let timestamp)?:
            .success(
                KafkaReceipt(topic: record.topic, partition: partition, offset: offset, timestamp: timestamp))
        case .failed(let error)?: .failure(error)
        case .noRoom?, nil: .failure(KafkaError(.queueFull, "The message was not queued"))
        }
    }
}
