internal import MessagingTracing
internal import TracingCore

/// A message with the headers that the broker will get: the user's in order, and those of the trace. The user's own message
/// is a copy of its own.
struct OutgoingAMQPMessage: OutgoingMessage {
    var message: AMQPMessage
    let exchange: String
    let routingKey: String
    let channel: MessageChannel
    /// How many bytes the frame of the message's header has, at most.
    var headerFrameSize: Int
    /// How many it may have.
    let maxFrameSize: Int

    init(
        message: AMQPMessage, exchange: String, routingKey: String, channel: MessageChannel, headerFrameSize: Int,
        maxFrameSize: Int
    ) {
        self.message = message
        self.exchange = exchange
        self.routingKey = routingKey
        self.channel = channel
        // The first header brings the length of the table with it.
        self.headerFrameSize = headerFrameSize + (message.properties.headers.isEmpty ? AMQPTable().encodedSize : 0)
        self.maxFrameSize = maxFrameSize
    }

    func state(_ facts: inout MessageFacts) {
        if !routingKey.isEmpty { facts.key = .text(routingKey) }
        facts.messageID = message.properties.messageID
        facts.conversationID = message.properties.correlationID
        if channel.instrumentation.options.recordsSizes { facts.bodySize = message.body.count }
    }

    func readHeaders(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        message.properties.headers.read(read)
    }

    var hasHeaders: Bool { !message.properties.headers.isEmpty }
    var isForwarded: Bool { message.properties.headers.cameFromBroker }

    /// A header of ours takes the length of its name, its type and the length of its value besides.
    var headerRoom: Int { max(0, maxFrameSize - headerFrameSize - 3 * Self.fieldOverhead) }

    /// The length of the name, the type, the length of the value.
    private static let fieldOverhead = 6

    mutating func removeHeaders(named name: String) { message.properties.headers[name] = nil }

    mutating func appendHeader(_ name: String, _ value: UnsafeRawBufferPointer) {
        message.properties.headers.append(name: name, value: .string(String(decoding: value, as: UTF8.self)))
        headerFrameSize += name.utf8.count + value.count + Self.fieldOverhead
    }
}

extension AMQPTable {
    /// Shows each field whose value is text; bytes count as such, for those who write them.
    func read(_ read: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        for (name, value) in self {
            var name = name
            name.withUTF8 { name in
                let name = UnsafeRawBufferPointer(name)
                switch value {
                case .string(var text): text.withUTF8 { read(name, UnsafeRawBufferPointer($0)) }
                case .longString(let bytes), .bytes(let bytes): bytes.withUnsafeBytes { read(name, $0) }
                default: break
                }
            }
        }
    }
}
