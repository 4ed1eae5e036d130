import MessagingTracing
import SpanlinkRuntime
import TracingCore

// A small adapter for a broker that Spanlink does not know, written with public API alone: what the author of another
// adapter would write.

/// A message on its way, with headers in order.
struct QueueMessage: Sendable, OutgoingMessage {
    var channel: MessageChannel
    var body: String
    var id: String?
    var headers: [(name: String, value: [UInt8])] = []
    var isForwarded = false
    var headerRoom = 1_000

    var hasHeaders: Bool { !headers.isEmpty }

    func state(_ facts: inout MessageFacts) {
        facts.messageID = id
        facts.bodySize = body.utf8.count
    }

    func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        for header in headers {
            Array(header.name.utf8).withUnsafeBytes { name in header.value.withUnsafeBytes { read(name, $0) } }
        }
    }

    mutating func removeHeaders(named name: String) { headers.removeAll { $0.name == name } }

    mutating func appendHeader(_ name: String, _ value: UnsafeRawBufferPointer) {
        headers.append((name, Array(value)))
    }
}

/// A queue in memory and its client.
final class MemoryQueue: Sendable {
    let instrumentation: MessagingInstrumentation
    let channel: MessageChannel
    private let messages = Mutex<[QueueMessage]>([])

    init(_ name: String, _ instrumentation: MessagingInstrumentation) {
        self.instrumentation = instrumentation
        self.channel = instrumentation.channel(to: MessageDestination(name))
    }

    func message(_ body: String = "", id: String? = nil) -> QueueMessage {
        QueueMessage(channel: channel, body: body, id: id)
    }

    @discardableResult
    func publish(_ message: QueueMessage) -> QueueMessage {
        var message = message
        let operation = instrumentation.startSend(&message)
        messages.withLock { $0.append(message) }
        operation.succeed()
        return message
    }

    func publish(_ batch: [QueueMessage]) {
        var batch = batch
        let operation = instrumentation.startBatchSend(&batch)
        messages.withLock { $0 += batch }
        operation.end(failures: [:])
    }

    /// What a consumer sees: every consumer sees all messages.
    var all: [QueueMessage] { messages.withLock { $0 } }

    private func links(_ messages: [QueueMessage]) -> MessageLinks? {
        var builder = MessageLinksBuilder(instrumentation, backend: instrumentation.backend(in: .current), capacity: 2)
        for message in messages { builder.append(message) }
        return builder.build()
    }

    @discardableResult
    func receive(_ messages: [QueueMessage], isBatch: Bool) -> TraceSpan {
        instrumentation.recordReceive(links(messages), from: channel, since: .now, isBatch: isBatch)
    }

    func process<Result>(
        _ message: QueueMessage, parent: ConsumerSpanParent = .ownTrace, in loop: ConsumerLoop? = nil,
        isolation: isolated (any Actor)? = #isolation, _ handler: () async throws -> Result
    ) async throws -> Result {
        try await instrumentation.startProcess(message, parent: parent, in: loop).run(isolation: isolation, handler)
    }

    func process<Result>(
        _ messages: [QueueMessage], in loop: ConsumerLoop? = nil, isolation: isolated (any Actor)? = #isolation,
        _ handler: () async throws -> Result
    ) async throws -> Result {
        try await instrumentation.startProcess(links(messages)!, in: loop).run(isolation: isolation, handler)
    }
}
