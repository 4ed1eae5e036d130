import CLibrdkafka
import Synchronization

/// Owns the librdkafka messages of one batch: they are destroyed with it, and the client is not destroyed before them.
///
/// Filled by one pull, immutable from then on.
final class MessageStorage: Sendable {
    typealias Pointer = UnsafeMutablePointer<rd_kafka_message_t>?

    let handle: KafkaHandle
    let topics: TopicNames
    // Written while the pull that made this object fills it, before anybody else has it; read only after that.
    nonisolated(unsafe) private(set) var messages: UnsafeMutablePointer<Pointer>
    nonisolated(unsafe) private(set) var count = 0
    nonisolated(unsafe) private var capacity: Int

    /// librdkafka parses a message's headers when they are first asked for, into the message. Two threads that ask at
    /// once would race, so until `parseHeaders` was called all ask under this lock.
    private let parsing = Mutex(())
    private let headersAreParsed = Atomic<Bool>(false)

    /// For a pull of up to `capacity` messages at first. The caller has the client in use.
    init(_ handle: KafkaHandle, _ topics: TopicNames, capacity: Int) {
        handle.retain()
        self.handle = handle
        self.topics = topics
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
    }

    deinit {
        for index in 0..<count { rd_kafka_message_destroy(messages[index]) }
        messages.deallocate()
        handle.release()
    }

    /// Takes up to `wanted` messages from a queue without waiting. What carries an error is no message: the error goes
    /// to `onError`, with the rest of the message.
    ///
    /// - Returns: How many entries the queue gave, errors included.
    func pull(_ wanted: Int, from queue: OpaquePointer, onError: (UnsafePointer<rd_kafka_message_t>) -> Void) -> Int {
        if count + wanted > capacity { grow(to: count + wanted) }
        let given = rd_kafka_consume_batch_queue(queue, 0, messages + count, wanted)
        guard given > 0 else { return 0 }
        var end = count
        for index in count..<(count + given) {
            guard let message = messages[index] else { continue }
            if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                messages[end] = message
                end += 1
            } else {
                onError(message)
                rd_kafka_message_destroy(message)
            }
        }
        count = end
        return given
    }

    private func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let new = UnsafeMutablePointer<Pointer>.allocate(capacity: larger)
        new.moveInitialize(from: messages, count: count)
        messages.deallocate()
        messages = new
        capacity = larger
    }

    @inline(__always)
    func message(_ index: Int) -> UnsafeMutablePointer<rd_kafka_message_t> {
        // Never nil below `count`: librdkafka filled it.
        messages[index].unsafelyUnwrapped
    }

    /// The headers of a message, or nil when it has none. They live as long as the message.
    func headers(_ index: Int) -> OpaquePointer? {
        if headersAreParsed.load(ordering: .acquiring) { return rawHeaders(index) }
        return parsing.withLock { _ in Unchecked(rawHeaders(index)) }.value
    }

    @inline(__always)
    private func rawHeaders(_ index: Int) -> OpaquePointer? {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(message(index), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return headers
    }

    /// Parses the headers of all messages while they are warm and shows each; later reads need no lock. For the task
    /// that pulled, before anybody else has the batch.
    func parseHeaders(_ body: (_ index: Int, _ headers: OpaquePointer?) -> Void) {
        for index in 0..<count { body(index, rawHeaders(index)) }
        headersAreParsed.store(true, ordering: .releasing)
    }
}
