import TracedKafka
import TracingCore
import TracingTestKit

/// The Kafka of the demo: the one that `KAFKA_BOOTSTRAP_SERVERS` names, else one inside this process.
struct DemoKafka: Sendable {
    let description: String
    /// The topic that orders go to.
    let orders: String
    private let bootstrapServers: [String]
    private let embedded: EmbeddedKafka?

    init() throws {
        if let servers = Console.environment("KAFKA_BOOTSTRAP_SERVERS"), !servers.isEmpty {
            // Topics of its own, so that what earlier runs left does not count.
            let run = String(UInt32.random(in: .min ... .max), radix: 36)
            orders = "spanlink-demo-\(run)-orders"
            bootstrapServers = servers.split(separator: ",").map(String.init)
            embedded = nil
            description = "\(servers), topic \(orders)"
        } else {
            orders = "orders"
            let kafka = try EmbeddedKafka(topics: [orders: 4])
            bootstrapServers = kafka.bootstrapServers
            embedded = kafka
            description = "embedded in this process (KAFKA_BOOTSTRAP_SERVERS names another)"
        }
    }

    /// Has the topic created where the broker does so on first use, before anybody subscribes.
    func prepare() async throws {
        guard embedded == nil else { return }
        let producer = try KafkaProducer(configuration: producer("demo"), tracing: .disabled)
        for attempt in 1... {
            do {
                _ = try await producer.partitionCount(of: orders)
                break
            } catch let error as KafkaError where error.code == .unknownTopicOrPartition && attempt < 50 {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        await producer.shutdown()
    }

    func producer(_ clientID: String) -> KafkaProducer.Configuration {
        var configuration = KafkaProducer.Configuration(bootstrapServers: bootstrapServers)
        configuration.clientID = clientID
        return configuration
    }

    /// The configuration of a consumer; `onAssignment` is called each time it has been assigned partitions.
    func consumer(
        _ group: String, onAssignment: @escaping @Sendable () -> Void
    ) -> KafkaConsumer.Configuration {
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: bootstrapServers, group: group, topics: [orders])
        configuration.clientID = group
        configuration.onRebalance = { rebalance in
            if rebalance.kind == .assigned { onAssignment() }
        }
        configuration.properties["auto.offset.reset"] = "earliest"
        configuration.properties["allow.auto.create.topics"] = "true"
        if embedded != nil { configuration.properties.merge(EmbeddedKafka.consumerDefaults) { own, _ in own } }
        return configuration
    }
}
