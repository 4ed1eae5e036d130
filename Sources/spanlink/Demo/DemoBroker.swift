import TracedKafka
import TracingCore
import TracingTestKit

/// The broker of the demo: the one that `KAFKA_BOOTSTRAP_SERVERS` names, else one inside this process.
struct DemoBroker: Sendable {
    let description: String
    let orders: String
    let settlements: String
    private let bootstrapServers: [String]
    private let embedded: EmbeddedKafka?

    init() throws {
        if let servers = Console.environment("KAFKA_BOOTSTRAP_SERVERS"), !servers.isEmpty {
            // Topics of its own, so that what earlier runs left does not count.
            let run = String(UInt32.random(in: .min ... .max), radix: 36)
            orders = "spanlink-demo-\(run)-orders"
            settlements = "spanlink-demo-\(run)-settlements"
            bootstrapServers = servers.split(separator: ",").map(String.init)
            embedded = nil
            description = "\(servers), topics \(orders) and \(settlements)"
        } else {
            orders = "orders"
            settlements = "settlements"
            let kafka = try EmbeddedKafka(topics: [orders: 4, settlements: 1])
            bootstrapServers = kafka.bootstrapServers
            embedded = kafka
            description = "Kafka embedded in this process (set KAFKA_BOOTSTRAP_SERVERS for another)"
        }
    }

    /// Has the topics created where the broker does so on first use, before anybody subscribes to them.
    func prepare() async throws {
        guard embedded == nil else { return }
        let producer = try KafkaProducer(configuration: producer("demo"), tracing: .disabled)
        for topic in [orders, settlements] {
            for attempt in 1... {
                do {
                    _ = try await producer.partitionCount(of: topic)
                    break
                } catch let error as KafkaError where error.code == .unknownTopicOrPartition && attempt < 50 {
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
        }
        await producer.shutdown()
    }

    func producer(_ clientID: String) -> KafkaProducer.Configuration {
        var configuration = KafkaProducer.Configuration(bootstrapServers: bootstrapServers)
        configuration.clientID = clientID
        return configuration
    }

    /// The configuration of a consumer; `ready` is resolved when it has been assigned its partitions.
    func consumer(_ group: String, ready: AsyncOutcome<Void>) -> KafkaConsumer.Configuration {
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: bootstrapServers, group: group, topics: [orders])
        configuration.clientID = group
        configuration.onRebalance = { rebalance in
            if rebalance.kind == .assigned { ready.resolve(()) }
        }
        configuration.properties["auto.offset.reset"] = "earliest"
        configuration.properties["allow.auto.create.topics"] = "true"
        if embedded != nil { configuration.properties.merge(EmbeddedKafka.consumerDefaults) { own, _ in own } }
        return configuration
    }
}
