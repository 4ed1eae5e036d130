import CLibrdkafka
import MessagingTracing
import SpanlinkRuntime
import TracingCore

/// The cluster's id, which librdkafka learns with the first metadata: asked for until it is known, never waited for.
final class ClusterID: Sendable {
    private let known = Mutex<Attribute?>(nil)
    private let isKnown = Atomic(false)

    /// The id as an attribute, `nil` while it is not known.
    var attribute: Attribute? { isKnown.load(ordering: .acquiring) ? known.withLock { $0 } : nil }

    /// Asks for the id unless it is known. `news` is called once, when it becomes known.
    @inline(__always)
    func learn(from client: OpaquePointer, news: (Attribute) -> Void) {
        if !isKnown.load(ordering: .relaxed) { ask(client, news) }
    }

    private func ask(_ client: OpaquePointer, _ news: (Attribute) -> Void) {
        guard let id = rd_kafka_clusterid(client, 0) else { return }
        defer { rd_kafka_mem_free(client, id) }
        let attribute = Attribute(MessagingAttribute.kafkaClusterID, .string(String(cString: id)))
        let isNews = known.withLock { known in
            defer { known = attribute }
            return known == nil
        }
        if isNews { news(attribute) }
        isKnown.store(true, ordering: .releasing)
    }
}

extension MessagingInstrumentation {
    /// The same with one more attribute of the client.
    func saying(_ attribute: Attribute) -> MessagingInstrumentation {
        var client = clientFacts
        client.attributes[attribute.key] = attribute.value
        return with(client: client)
    }
}
