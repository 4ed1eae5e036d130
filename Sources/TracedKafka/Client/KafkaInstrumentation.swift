import CLibrdkafka
import MessagingTracing
import TracingCore

extension MessagingInstrumentation {
    /// The conventions for a Kafka client.
    ///
    /// - Parameters:
    ///   - servers: the brokers that were configured; the first one is what spans name.
    ///   - group: the consumer group that the user named.
    static func kafka(
        client: OpaquePointer, servers: [String], group: String?, options: MessagingTracingOptions,
        backend: TracingBackend?
    ) -> MessagingInstrumentation {
        let server = servers.first.map(HostAndPort.init)
        return MessagingInstrumentation(
            system: .kafka,
            client: ClientFacts(
                clientID: String(cString: rd_kafka_name(client)), serverAddress: server?.host,
                serverPort: server?.port, consumerGroup: group),
            options: options, backend: backend, library: "spanlink.kafka", version: SpanlinkVersion.current)
    }
}

/// A broker's address as it stands in `bootstrap.servers`: `[scheme://]host[:port]`, IPv6 hosts in brackets.
struct HostAndPort: Equatable {
    var host: String
    /// Kafka's own port where none is named, as librdkafka takes it.
    var port = 9092

    init(_ text: String) {
        var text = Substring(text.split(separator: ",").first.map(String.init) ?? text)
        if let scheme = text.firstRange(of: "://") { text = text[scheme.upperBound...] }
        if let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            !text[..<colon].contains(":") || text[..<colon].hasSuffix("]")
        {
            self.port = port
            text = text[..<colon]
        }
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        host = String(text)
    }
}
