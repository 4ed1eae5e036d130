internal import TracingCore

/// Spells out the facts of one message as attributes of a span or a link.
struct MessageAttributes {
    let instrumentation: MessagingInstrumentation
    let operation: MessagingOperation

    /// Adds what is particular to one message. The caller knows none of the keys to be there yet.
    func append(_ facts: MessageFacts, to attributes: inout Attributes) {
        if facts.partition >= 0 {
            attributes.append(MessagingAttribute.destinationPartitionID, .string(PartitionID.text(facts.partition)))
        }
        append(position: facts.position, to: &attributes)
        if let key = facts.key { append(key: key, to: &attributes) }
        if facts.isTombstone { appendTombstone(to: &attributes) }
        if facts.hasRareFacts { append(RareFacts(facts, traceState: TraceState()), to: &attributes) }
    }

    func append(position: Int64?, to attributes: inout Attributes) {
        guard let position, let name = instrumentation.storage.system.positionAttribute(for: operation) else { return }
        attributes.append(name, .int(position))
    }

    func append(key: MessageKey, to attributes: inout Attributes) {
        guard instrumentation.storage.options.recordsKeys,
            let name = instrumentation.storage.system.keyAttribute(for: operation), let text = key.text
        else { return }
        attributes.append(name, .string(text))
    }

    func appendTombstone(to attributes: inout Attributes) {
        guard let name = instrumentation.storage.system.tombstoneAttribute(for: operation) else { return }
        attributes.append(name, true)
    }

    /// Adds what most messages do not have.
    func append(_ rare: RareFacts, to attributes: inout Attributes) {
        if let id = rare.messageID { attributes.append(MessagingAttribute.messageID, .string(id)) }
        if let id = rare.conversationID { attributes.append(MessagingAttribute.conversationID, .string(id)) }
        if instrumentation.storage.options.recordsSizes, operation != .settle {
            if let size = rare.bodySize { attributes.append(MessagingAttribute.bodySize, .int(size)) }
            if let size = rare.envelopeSize { attributes.append(MessagingAttribute.envelopeSize, .int(size)) }
        }
        if let more = rare.attributes { attributes.merge(more) }
    }
}

/// Texts of partition numbers, made once for the usual ones.
enum PartitionID {
    private static let usual = (0..<256).map(String.init)

    static func text(_ partition: Int32) -> String {
        partition >= 0 && partition < 256 ? usual[Int(partition)] : String(partition)
    }
}
