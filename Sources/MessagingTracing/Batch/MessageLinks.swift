public import TracingCore

/// What is known of the messages of one batch: a link to each message's producer and, packed, the facts that its links and
/// spans say.
///
/// Built once, when the messages reach the application; immutable afterwards. A message costs some 72 bytes and no object.
/// What all messages share (destination, partition) is said on the span, what differs on the links.
public final class MessageLinks: Sendable {
    let channels: [MessageChannel]
    /// What is said of the whole when there are several channels; `nil` when they share nothing.
    let common: MessageChannel?
    let messages: [PackedMessage]
    /// Positions of messages that have a link, when some have none.
    let linked: [Int32]?
    let keys: [UInt8]
    let rare: [Int32: RareFacts]
    let isOfOneChannel: Bool
    let isOfOnePartition: Bool
    let instrumentation: MessagingInstrumentation
    let operation: MessagingOperation
    let externalContexts: [ActiveContext?]

    init(
        channels: [MessageChannel], common: MessageChannel?, messages: [PackedMessage], linked: [Int32]?, keys: [UInt8],
        rare: [Int32: RareFacts], instrumentation: MessagingInstrumentation, operation: MessagingOperation,
        externalContexts: [ActiveContext?]
    ) {
        self.channels = channels
        self.common = common
        self.messages = messages
        self.linked = linked
        self.keys = keys
        self.rare = rare
        self.isOfOneChannel = channels.count == 1
        self.isOfOnePartition = messages.allSatisfy { $0.partition == messages[0].partition }
        self.instrumentation = instrumentation
        self.operation = operation
        self.externalContexts = externalContexts
    }

    /// How many messages there are, with and without a link.
    public var messageCount: Int { messages.count }

    /// The context that the message at `index` carried, invalid when it carried none.
    public func creationContext(ofMessageAt index: Int) -> SpanContext {
        let message = messages[index]
        return SpanContext(
            traceID: TraceID(high: message.traceHigh, low: message.traceLow), spanID: SpanID(message.spanID),
            traceFlags: TraceFlags(rawValue: message.traceFlags),
            traceState: message.hasRareFacts ? rare[Int32(index)]?.traceState ?? TraceState() : TraceState(),
            isRemote: message.isRemote)
    }

    /// The links as a span starts with them.
    var spanLinks: SpanLinks {
        let links = SpanLinks(self)
        return externalContexts.isEmpty ? links : links.with(externalContexts: externalContexts)
    }
}

/// One message of a batch.
struct PackedMessage: Sendable {
    var traceHigh: UInt64
    var traceLow: UInt64
    var spanID: UInt64
    var position: Int64
    /// In nanoseconds, negative when it is not known.
    var timeInQueue: Int64
    var partition: Int32
    var channel: Int32
    var keyStart: Int32
    /// Negative when there is no key.
    var keyLength: Int32
    var traceFlags: UInt8
    var isRemote: Bool
    var hasPosition: Bool
    var isTombstone: Bool
    var hasRareFacts: Bool

    /// Whether a link says more than whose message it was; that of a create span does not.
    var hasFacts: Bool { hasPosition || keyLength >= 0 || isTombstone || hasRareFacts || timeInQueue >= 0 }
}

/// What few messages have.
struct RareFacts: Sendable {
    var traceState: TraceState
    var messageID: String?
    var conversationID: String?
    var bodySize: Int?
    var envelopeSize: Int?
    var attributes: Attributes?

    init(_ facts: MessageFacts, traceState: TraceState) {
        self.traceState = traceState
        self.messageID = facts.messageID
        self.conversationID = facts.conversationID
        self.bodySize = facts.bodySize
        self.envelopeSize = facts.envelopeSize
        self.attributes = facts.attributes
    }
}

extension MessageFacts {
    /// Whether any fact is known that most messages do not have.
    var hasRareFacts: Bool {
        messageID != nil || conversationID != nil || bodySize != nil || envelopeSize != nil || attributes != nil
    }
}

// MARK: - Links

extension MessageLinks: PackedLinks {
    public var count: Int { linked?.count ?? messages.count }

    public func context(at index: Int) -> SpanContext { creationContext(ofMessageAt: message(ofLinkAt: index)) }

    public func attributes(at index: Int) -> Attributes {
        // What is said of the only message is said on the span.
        guard messages.count > 1 else { return Attributes() }
        let index = message(ofLinkAt: index)
        var attributes = Attributes(on: .empty, capacity: messages[index].hasFacts ? 4 : 0)
        let channel = channels[Int(messages[index].channel)]
        if channel.instrumentation.system != instrumentation.system {
            attributes.append(MessagingAttribute.system, .string(channel.instrumentation.system.name))
        }
        if !isOfOneChannel, let destination = channel.destination {
            attributes.append(MessagingAttribute.destinationName, .string(destination.name))
            if let template = destination.template {
                attributes.append(MessagingAttribute.destinationTemplate, .string(template))
            }
            if destination.isTemporary { attributes.append(MessagingAttribute.destinationTemporary, true) }
            if destination.isAnonymous { attributes.append(MessagingAttribute.destinationAnonymous, true) }
        }
        if !isOfOneChannel || !isOfOnePartition { appendPartition(of: messages[index], to: &attributes) }
        appendFacts(ofMessageAt: index, to: &attributes)
        return attributes
    }

    public var estimatedSize: Int {
        messages.count * MemoryLayout<PackedMessage>.stride + keys.count + rare.count * 256
    }

    private func message(ofLinkAt index: Int) -> Int { linked.map { Int($0[index]) } ?? index }
}

// MARK: - Spans

extension MessageLinks {
    /// What a span over these messages is named, and what it says from the start.
    func span(
        for operation: MessagingOperation, isBatch: Bool
    ) -> (name: String, attributes: Attributes, channel: MessageChannel) {
        let channel = isOfOneChannel ? channels[0] : common ?? instrumentation.anyDestination
        let said = channel.operation(operation)
        var attributes = Attributes(on: said.attributes, capacity: 6)
        if isBatch { attributes.append(MessagingAttribute.batchMessageCount, .int(messages.count)) }
        if isOfOneChannel, isOfOnePartition { appendPartition(of: messages[0], to: &attributes) }
        if messages.count == 1 { appendFacts(ofMessageAt: 0, to: &attributes) }
        return (said.spanName, attributes, channel)
    }

    private func appendPartition(of message: PackedMessage, to attributes: inout Attributes) {
        guard message.partition >= 0 else { return }
        attributes.append(MessagingAttribute.destinationPartitionID, .string(PartitionID.text(message.partition)))
    }

    private func appendFacts(ofMessageAt index: Int, to attributes: inout Attributes) {
        let message = messages[index]
        // Messages gathered from several brokers are spelled out by the conventions of each.
        let instrumentation = channels[Int(message.channel)].instrumentation
        let spelling = MessageAttributes(instrumentation: instrumentation, operation: operation)
        if message.hasPosition { spelling.append(position: message.position, to: &attributes) }
        if message.keyLength >= 0 {
            keys.withUnsafeBytes { bytes in
                let range = Int(message.keyStart)..<Int(message.keyStart + message.keyLength)
                spelling.append(key: .bytes(UnsafeRawBufferPointer(rebasing: bytes[range])), to: &attributes)
            }
        }
        if message.isTombstone { spelling.appendTombstone(to: &attributes) }
        if message.hasRareFacts, let rare = rare[Int32(index)] { spelling.append(rare, to: &attributes) }
        if message.timeInQueue >= 0 {
            attributes.append(MessagingAttribute.timeInQueue, .double(Double(message.timeInQueue) / 1e9))
        }
    }
}
