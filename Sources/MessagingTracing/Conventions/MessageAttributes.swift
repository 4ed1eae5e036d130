internal import TracingCore

/// Spells out the facts of one message as attributes of a span or a link.
struct MessageAttributes {
    let instrumentation: MessagingInstrumentation
    let operation: MessagingOperation

    /// Adds the facts of one message. None of their keys is in `list` yet.
    func append(_ facts: RetainedFacts, to list: inout AttributeFacts) {
        append(partition: facts.partition, to: &list)
        if let position = facts.position { append(position: position, to: &list) }
        if let key = facts.key, let name = keyAttribute { list.append(name, key) }
        if facts.isTombstone { appendTombstone(to: &list) }
        if let more = facts.optional { append(more, to: &list) }
    }

    func append(partition: Int32, to list: inout AttributeFacts) {
        if partition >= 0 { list.append(MessagingKey.destinationPartitionID, digitsOf: partition) }
    }

    func append(position: Int64, to list: inout AttributeFacts) {
        if operation != .create, let key = keys.position { list.append(key, position) }
    }

    /// The attribute for the key: settling is not about keys.
    var keyAttribute: AttributeKey? {
        operation == .settle || !instrumentation.storage.options.recordsKeys ? nil : keys.key
    }

    /// Settling is not about values.
    func appendTombstone(to list: inout AttributeFacts) {
        if operation != .settle, let key = keys.tombstone { list.append(key, true) }
    }

    /// Adds the facts that few messages have. Values that are no scalars are left out; see ``RareFacts/isPlain``.
    func append(_ rare: RareFacts, to list: inout AttributeFacts) {
        if let id = rare.messageID { list.append(MessagingKey.messageID, id) }
        if let id = rare.conversationID { list.append(MessagingKey.conversationID, id) }
        if instrumentation.storage.options.recordsSizes, operation != .settle {
            if let size = rare.bodySize { list.append(MessagingKey.bodySize, size) }
            if let size = rare.envelopeSize { list.append(MessagingKey.envelopeSize, size) }
        }
        if let more = rare.attributes { for attribute in more { _ = list.append(attribute) } }
    }

    private var keys: SystemKeys { instrumentation.storage.keys }
}

/// Keys of the conventions' attributes that are set as facts.
enum MessagingKey {
    static let destinationPartitionID = AttributeKey.named(MessagingAttribute.destinationPartitionID)
    static let batchMessageCount = AttributeKey.named(MessagingAttribute.batchMessageCount)
    static let system = AttributeKey.named(MessagingAttribute.system)
    static let messageID = AttributeKey.named(MessagingAttribute.messageID)
    static let conversationID = AttributeKey.named(MessagingAttribute.conversationID)
    static let bodySize = AttributeKey.named(MessagingAttribute.bodySize)
    static let envelopeSize = AttributeKey.named(MessagingAttribute.envelopeSize)
    static let timeInQueue = AttributeKey.named(MessagingAttribute.timeInQueue)
    static let errorType = AttributeKey.named(MessagingAttribute.errorType)
}

/// Keys of the attributes that only one messaging system has.
struct SystemKeys: Sendable {
    let position: AttributeKey?
    let key: AttributeKey?
    let tombstone: AttributeKey?

    init(_ system: MessagingSystem) {
        position = system.positionAttribute.map { .named($0) }
        key = system.keyAttribute.map { .named($0) }
        tombstone = system.tombstoneAttribute.map { .named($0) }
    }
}

/// The facts of one message as a value that outlives the call which states them.
struct RetainedFacts: Sendable {
    let partition: Int32
    let position: Int64?
    let isTombstone: Bool
    let key: String?
    let optional: RareFacts?

    init(_ facts: borrowing MessageFacts, keepsKey: Bool = true) {
        partition = facts.partition
        position = facts.position
        isTombstone = facts.isTombstone
        key = keepsKey ? facts.key?.text : nil
        optional = facts.hasRareFacts ? RareFacts(copy facts, traceState: TraceState()) : nil
    }

    /// Facts that few messages have, alone.
    init(optional: RareFacts?) {
        (partition, position, isTombstone, key) = (-1, nil, false, nil)
        self.optional = optional
    }

    /// Whether all facts are scalars.
    var isPlain: Bool { optional?.isPlain ?? true }
}

/// Texts of partition numbers, made once for the usual ones.
enum PartitionID {
    private static let usual = (0..<256).map(String.init)

    static func text(_ partition: Int32) -> String {
        partition >= 0 && partition < 256 ? usual[Int(partition)] : String(partition)
    }
}
