import CLibrdkafka
import MessagingTracing
import SpanlinkRuntime
import TracingCore

/// One message on its way: the opaque that librdkafka carries and gives back with the delivery report. One object a
/// message, retained while librdkafka has it, and completed exactly once: by the report (also of a purge), or by the
/// produce call that failed.
final class Delivery: Sendable {
    /// What became of a message. Trivial on success: no string and no box crosses the threads.
    enum Outcome: Sendable {
        case delivered(partition: Int32, offset: Int64, timestamp: Int64)
        case failed(KafkaError)
        /// librdkafka's queue is full: nothing was sent. Only a produce call says so, never a report.
        case noRoom
    }

    enum Target: Sendable {
        /// A task waits for it.
        case task(UnsafeContinuation<Outcome, Never>)
        /// One of many that a task waits for.
        case batch(BatchDelivery, index: Int)
        /// Nobody waits.
        case nobody
    }

    let target: Target
    /// The send span and its measurements, when the message has them for itself.
    // Taken out, without a copy, by who completes the delivery: that happens once.
    nonisolated(unsafe) private var operation: SendOperation?

    init(_ target: Target, _ operation: SendOperation?) {
        self.target = target
        self.operation = operation
    }

    /// Ends the delivery: on the poller's thread with the report, or in the sender's task when producing failed.
    ///
    /// The span ends here in every path but one: a message that found no room is not sent yet.
    func complete(_ outcome: Outcome, cluster: Attribute? = nil) {
        switch outcome {
        case .delivered(let partition, let offset, _):
            operation.take()?.succeed(partition: partition, position: offset < 0 ? nil : offset, learned: cluster)
        case .failed(let error): operation.take()?.fail(OperationFailure(error), learned: cluster)
        case .noRoom: break
        }
        switch target {
        case .task(let continuation): continuation.resume(returning: outcome)
        case .batch(let batch, let index): batch.complete(index, outcome)
        case .nobody: break
        }
    }
}

extension Delivery.Outcome {
    /// What a delivery report says.
    init(report message: UnsafePointer<rd_kafka_message_t>, of client: KafkaHandle) {
        let error = message.pointee.err
        if error == RD_KAFKA_RESP_ERR_NO_ERROR {
            var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
            let timestamp = rd_kafka_message_timestamp(message, &kind)
            self = .delivered(
                partition: message.pointee.partition, offset: message.pointee.offset,
                timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp)
        } else {
            let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
            self = .failed(client.failure(error, "Message for topic \"\(topic)\" was not delivered"))
        }
    }
}

/// The messages of one `sendBatch`: counts their reports and wakes the task with the last one.
final class BatchDelivery: Sendable {
    private struct State {
        var outcomes: [Delivery.Outcome?]
        var left: Int
        var waiter: UnsafeContinuation<[Delivery.Outcome?], Never>?
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(outcomes: Array(repeating: nil, count: count), left: count))
    }

    func complete(_ index: Int, _ outcome: Delivery.Outcome) {
        // Resumed outside of the lock, by the one who completes the last.
        let last: (UnsafeContinuation<[Delivery.Outcome?], Never>, [Delivery.Outcome?])? = state.withLock { state in
            guard case nil = state.outcomes[index] else { return nil }
            state.outcomes[index] = outcome
            state.left -= 1
            guard state.left == 0, let waiter = state.waiter else { return nil }
            state.waiter = nil
            return (waiter, state.outcomes)
        }
        if let last { last.0.resume(returning: last.1) }
    }

    /// Waits for every message's outcome, whether or not the task is cancelled.
    nonisolated(nonsending) func outcomes() async -> [Delivery.Outcome?] {
        await withUnsafeContinuation { continuation in
            let all: [Delivery.Outcome?]? = state.withLock { state in
                if state.left == 0 { return state.outcomes }
                state.waiter = continuation
                return nil
            }
            if let all { continuation.resume(returning: all) }
        }
    }
}
