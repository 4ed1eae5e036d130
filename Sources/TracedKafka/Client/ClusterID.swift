import CLibrdkafka
import MessagingTracing
import Synchronization
import TracingCore

/// The cluster's id, which librdkafka learns with the first metadata: asked for until it is known, never waited for.
final class ClusterID: Sendable {
    private let known = Mutex<Attribute?>(nil)

    /// The id as an attribute, `nil` while it is not known. `news` is called once, when it becomes known.
    func attribute(of client: OpaquePointer, news: (Attribute) -> Void) -> Attribute? {
        if let attribute = known.withLock({ $0 }) { return attribute }
        guard let id = rd_kafka_clusterid(client, 0) else { return nil }
        defer { rd_kafka_mem_free(client, id) }
        let attribute = Attribute(MessagingAttribute.kafkaClusterID, .string(String(cString: id)))
        let isNews = known.withLock { known in
            defer { known = attribute }
            return known == nil
        }
        if isNews { news(attribute) }
        return attribute
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
