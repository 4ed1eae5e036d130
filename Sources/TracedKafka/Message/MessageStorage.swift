import CLibrdkafka
import MessagingTracing
import SpanlinkRuntime
import TracingCore

/// Owns the librdkafka messages of one batch: they are destroyed with it, and the client is not destroyed before them.
///
/// Filled by one pull, immutable from then on.
final class MessageStorage: Sendable {
    typealias Pointer = UnsafeMutablePointer<rd_kafka_message_t>?

    let consumer: KafkaConsumer
    // Written while the pull that made this object fills it, before anybody else has it; read only after that.
    nonisolated(unsafe) private(set) var messages: UnsafeMutablePointer<Pointer>
    nonisolated(unsafe) private(set) var count = 0
    nonisolated(unsafe) private var capacity: Int
    /// The loop that the messages came from; none for a pull of the application.
    let loop: ConsumerLoop?
    // Written like the messages; `nil` when nothing was recorded at the time of the pull.
    nonisolated(unsafe) private var pulledLinks: MessageLinks?

    // Written like the messages: the topic of the first one, which most batches share.
    nonisolated(unsafe) private var firstTopic: (raw: OpaquePointer, topic: ConsumerTopics.Topic)?

    /// When they were pulled, for ``Revocations``. Written like the messages.
    nonisolated(unsafe) private(set) var epoch: UInt64 = 0

    /// librdkafka parses a message's headers when they are first asked for, into the message. Two threads that ask at
    /// once would race, so until `parseHeaders` was called all ask under this lock.
    private let parsing = Mutex(())
    private let headersAreParsed = Atomic<Bool>(false)

    /// For a pull of up to `capacity` messages at first. The caller has the client in use.
    init(_ consumer: KafkaConsumer, loop: ConsumerLoop?, capacity: Int) {
        consumer.handle.retain()
        self.consumer = consumer
        self.loop = loop
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
    }

    deinit {
        for index in 0..<count { rd_kafka_message_destroy(messages[index]) }
        messages.deallocate()
        consumer.handle.release()
    }

    /// Takes up to `wanted` messages from a queue without waiting. What carries an error is no message: the error goes
    /// to `onError`, with the rest of the message.
    ///
    /// - Returns: How many entries the queue gave, errors included.
    func pull(_ wanted: Int, from queue: OpaquePointer, onError: (UnsafePointer<rd_kafka_message_t>) -> Void) -> Int {
        if count + wanted > capacity { grow(to: count + wanted) }
        let given = take(wanted, from: queue)
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

    /// Has librdkafka fill in up to `wanted` entries behind the messages.
    private func take(_ wanted: Int, from queue: OpaquePointer) -> Int {
        guard LibraryVersion.dropsGatheredMessages else {
            return max(rd_kafka_consume_batch_queue(queue, 0, messages + count, wanted), 0)
        }
        // A call that gathers one message has none to drop.
        var given = 0
        while given < wanted, rd_kafka_consume_batch_queue(queue, 0, messages + count + given, 1) == 1 { given += 1 }
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

    /// The topic that a message came from.
    @inline(__always)
    func topic(of raw: OpaquePointer) -> ConsumerTopics.Topic {
        if let firstTopic, firstTopic.raw == raw { return firstTopic.topic }
        return consumer.topics.topic(of: raw)
    }

    /// The pull is over: what is looked up for the first message serves the others. For the task that pulls.
    func complete() {
        epoch = consumer.events.commits.epoch
        guard count > 0, let raw = message(0).pointee.rkt else { return }
        firstTopic = (raw, consumer.topics.topic(of: raw))
    }

    /// Has librdkafka read the headers now, so that nobody needs the lock. For the task that pulled, before anybody else
    /// has the batch.
    func parseHeaders() {
        for index in 0..<count { _ = rawHeaders(index) }
        headersAreParsed.store(true, ordering: .releasing)
    }

    // MARK: Links

    /// Reads the context of every message while it is warm. For the task that pulled, before anybody else has the batch.
    func readLinks(for backend: TracingBackend) {
        guard backend.isObserving, count > 0 else { return }
        pulledLinks = makeLinks(for: backend)
        headersAreParsed.store(true, ordering: .releasing)
    }

    /// The links of all messages, read again where the backend is another than at the pull.
    func links(for backend: TracingBackend) -> MessageLinks? {
        if let pulledLinks, backend.externalTracer == nil { return pulledLinks }
        return parsing.withLock { _ in makeLinks(for: backend) }
    }

    private func makeLinks(for backend: TracingBackend) -> MessageLinks? {
        var builder = MessageLinksBuilder(consumer.topics.instrumentation, backend: backend, capacity: count)
        var last: (topic: OpaquePointer?, channel: MessageChannel)?
        for index in 0..<count {
            let message = message(index)
            if last?.topic != message.pointee.rkt {
                last = (message.pointee.rkt, topic(of: message.pointee.rkt).channel)
            }
            builder.append(PulledMessage(raw: message, headers: rawHeaders(index), channel: last!.channel))
        }
        return builder.build()
    }
}

/// A message as the conventions see it. Lives for one call, while its storage does.
struct PulledMessage: TracedMessage {
    let raw: UnsafeMutablePointer<rd_kafka_message_t>
    let headers: OpaquePointer?
    let channel: MessageChannel

    func state(_ facts: inout MessageFacts) {
        facts.partition = raw.pointee.partition
        facts.position = raw.pointee.offset
        facts.isTombstone = raw.pointee.payload == nil
        if let key = raw.pointee.key {
            facts.key = .bytes(UnsafeRawBufferPointer(start: key, count: raw.pointee.key_len))
        }
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(raw, &kind)
        if kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE, milliseconds > 0 {
            // Some producers write microseconds, which are times far ahead.
            let (nanoseconds, isTooLate) = UInt64(milliseconds).multipliedReportingOverflow(by: 1_000_000)
            facts.timestamp = Timestamp(nanosecondsSinceEpoch: isTooLate ? .max : nanoseconds)
        }
        if channel.instrumentation.options.recordsSizes { facts.bodySize = raw.pointee.len }
    }

    @inline(__always)
    func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        if let headers { forEachRawHeader(headers, read) }
    }
}
