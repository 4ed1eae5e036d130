import CKafkaBaseline
import TracedKafka
import TracingCore

/// Drains a million messages with our defaults and with librdkafka's own, which stop fetching for a second whenever a
/// local queue is full: ours must not stall.
struct Drain {
    let partitions: Int
    let size: Int
    private let count = 1_000_000

    func run() async throws {
        print("\nDraining \(count) messages of \(size) bytes in batches of 500:")
        for (name, properties) in [
            ("our defaults", [:]),
            (
                "librdkafka's defaults",
                ["queued.min.messages": "100000", "queued.max.messages.kbytes": "65536"]
            ),
        ] {
            let broker = try BrokerProcess(topics: ["drain": 1])
            // One partition, as the stall is a partition's; the broker keeps 5 MiB of it, so it is filled while it drains.
            let rate = try await drain(broker, properties)
            print("  \(name): \(Int(rate)) messages/s")
        }
    }

    private func drain(_ broker: BrokerProcess, _ properties: [String: String]) async throws -> Double {
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: [broker.bootstrap],
            assignments: [KafkaPartition(topic: "drain", partition: 0, from: .beginning)])
        configuration.properties = properties
        let consumer = try KafkaConsumer(configuration: configuration, tracing: TracingBackend.disabled)
        _ = consumer
        return 0
    }
}
