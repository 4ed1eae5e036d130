public import TracingCore

/// What is known of the messages of one batch: a link to each message's producer and, packed, the facts that its links and
/// spans say.
///
/// Built once, when the messages reach the application; immutable afterwards. A message costs some 72 bytes and no object.
/// What all messages share (destination, partition) is said on the span, what differs on the links.
///
/// `@unchecked`: the memory of the keys is written in `init` alone.
public final class MessageLinks: @unchecked Sendable {
    let channels: [MessageChannel]
    /// What is said of the whole when there are several channels; `nil` when they share nothing.
    let common: MessageChannel?
    let messages: [PackedMessage]
    /// Positions of messages that have a link, when some have none.
    let linked: [Int32]?
    /// The keys of all messages, one after another. Owned from `init` to `deinit`, and never changed.
    private let keys: UnsafeRawBufferPointer
    let rare: [Int32: RareFacts]
    /// The keys that the links of each channel use.
    private let linkKeys: [LinkKeys]
    /// All facts are scalars, so that links can be encoded from plain data.
    private let isPlain: Bool
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
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: keys.count, alignment: 1)
        memory.copyBytes(from: keys)
        self.keys = UnsafeRawBufferPointer(memory)
        self.isPlain = rare.values.allSatisfy(\.isPlain)
        self.linkKeys = channels.map { LinkKeys(of: $0.instrumentation, in: operation) }
        self.rare = rare
        self.isOfOneChannel = channels.count == 1
        self.isOfOnePartition = messages.allSatisfy { $0.partition == messages[0].partition }
        self.instrumentation = instrumentation
        self.operation = operation
        self.externalContexts = externalContexts
    }

    deinit { keys.deallocate() }

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
        let links = isPlain ? SpanLinks(self as any FactLinks) : SpanLinks(self as any PackedLinks)
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

    /// Whether all facts are scalars, and few enough for a list of plain facts.
    var isPlain: Bool {
        guard let attributes else { return true }
        return attributes.count <= 8
            && attributes.allSatisfy { attribute in
                switch attribute.value {
                case .string, .bool, .int, .double: true
                case .bytes, .array, .map: false
                }
            }
    }
}

extension MessageFacts {
    /// Whether any fact is known that most messages do not have.
    var hasRareFacts: Bool {
        messageID != nil || conversationID != nil || bodySize != nil || envelopeSize != nil || attributes != nil
    }
}

// MARK: - Links

extension MessageLinks: FactLinks {
    public var count: Int { linked?.count ?? messages.count }

    public func context(at index: Int) -> SpanContext { creationContext(ofMessageAt: message(ofLinkAt: index)) }

    public func attributes(at index: Int) -> Attributes {
        var attributes = LinkRecord.withRecord { record in
            describe(index, into: &record)
            let shared = record.sharedAttributes?.takeUnretainedValue() ?? .empty
            return Attributes(on: shared, adding: record.facts)
        }
        let index = message(ofLinkAt: index)
        if !isPlain, messages.count > 1, let more = rare[Int32(index)]?.attributes { attributes.merge(more) }
        return attributes
    }

    @usableFromInline package func describe(_ index: Int, into record: inout LinkRecord) {
        let index = message(ofLinkAt: index)
        let message = messages[index]
        record.traceID = TraceID(high: message.traceHigh, low: message.traceLow)
        record.spanID = SpanID(message.spanID)
        record.traceFlags = TraceFlags(rawValue: message.traceFlags)
        record.isRemote = message.isRemote
        if message.hasRareFacts, let state = rare[Int32(index)]?.traceState { record.traceState = state }
        // The facts of the only message are on the span.
        guard messages.count > 1 else { return }
        if !isOfOneChannel {
            let channel = channels[Int(message.channel)]
            record.sharedAttributes = .passUnretained(channel.linkAttributes)
            if channel.instrumentation.storage.system.name != instrumentation.storage.system.name {
                record.facts.append(MessagingKey.system, channel.instrumentation.storage.system.name)
            }
        }
        if message.partition >= 0, !isOfOneChannel || !isOfOnePartition {
            record.facts.append(MessagingKey.destinationPartitionID, digitsOf: message.partition)
        }
        appendFacts(of: message, at: index, to: &record.facts)
    }

    public var estimatedSize: Int {
        messages.count * MemoryLayout<PackedMessage>.stride + keys.count + rare.count * 256
    }

    private func message(ofLinkAt index: Int) -> Int { linked.map { Int($0[index]) } ?? index }
}

// MARK: - Spans

extension MessageLinks {
    /// The destination that a span over these messages names.
    var spanChannel: MessageChannel { isOfOneChannel ? channels[0] : common ?? instrumentation.anyDestination }

    /// Adds the attributes of a span over these messages that are not in its template.
    func appendSpanFacts(for operation: MessagingOperation, isBatch: Bool, to list: inout AttributeFacts) {
        if isBatch { list.append(MessagingKey.batchMessageCount, messages.count) }
        if isOfOneChannel, isOfOnePartition, messages[0].partition >= 0 {
            list.append(MessagingKey.destinationPartitionID, digitsOf: messages[0].partition)
        }
        if messages.count == 1 { appendFacts(of: messages[0], at: 0, to: &list) }
    }

    /// The attributes of a span over these messages.
    func spanAttributes(for operation: MessagingOperation, isBatch: Bool) -> Attributes {
        var attributes = AttributeFacts.withList { list in
            appendSpanFacts(for: operation, isBatch: isBatch, to: &list)
            return Attributes(on: spanChannel.operation(operation).attributes, adding: list)
        }
        if let more = factsOfOnlyMessage?.optional?.attributes, !isPlain { attributes.merge(more) }
        return attributes
    }

    /// The facts of the message that is alone, if any of them is no scalar.
    var factsOfOnlyMessage: RetainedFacts? {
        guard messages.count == 1, !isPlain else { return nil }
        return RetainedFacts(optional: rare[0])
    }

    private func appendFacts(of message: PackedMessage, at index: Int, to list: inout AttributeFacts) {
        let spelling = linkKeys[Int(message.channel)]
        if message.hasPosition, let name = spelling.position { list.append(name, message.position) }
        if message.keyLength >= 0, let name = spelling.key {
            let range = Int(message.keyStart)..<Int(message.keyStart + message.keyLength)
            list.append(name, borrowing: UnsafeRawBufferPointer(rebasing: keys[range]))
        }
        if message.isTombstone, let name = spelling.tombstone { list.append(name, true) }
        if message.hasRareFacts { appendRareFacts(of: message, at: index, to: &list) }
        if message.timeInQueue >= 0 { list.append(MessagingKey.timeInQueue, Double(message.timeInQueue) / 1e9) }
    }

    private func appendRareFacts(of message: PackedMessage, at index: Int, to list: inout AttributeFacts) {
        guard let rare = rare[Int32(index)] else { return }
        MessageAttributes(instrumentation: channels[Int(message.channel)].instrumentation, operation: operation)
            .append(rare, to: &list)
    }
}

/// The keys of facts that links of one channel have: messages gathered from several brokers are spelled out by the
/// conventions of each.
private struct LinkKeys {
    let position: AttributeKey?
    let key: AttributeKey?
    let tombstone: AttributeKey?

    init(of instrumentation: MessagingInstrumentation, in operation: MessagingOperation) {
        let keys = instrumentation.storage.keys
        position = operation == .create ? nil : keys.position
        key = operation == .settle || !instrumentation.storage.options.recordsKeys ? nil : keys.key
        tombstone = operation == .settle ? nil : keys.tombstone
    }
}
