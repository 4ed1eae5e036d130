import BenchmarkSupport
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
        // All partitions share the load: the broker keeps 5 MiB of each.
        let broker = try BrokerProcess(topics: ["drain": partitions])
        _ = kafka_baseline_produce(broker.bootstrap, "drain", Int32(partitions), count, Int32(size), false)
        say("\nDraining \(count) messages of \(size) bytes in batches of 500, without tracing:")
        let librdkafkas = ["queued.min.messages": "100000", "queued.max.messages.kbytes": "65536"]
        for (name, properties) in [("our defaults", [:]), ("librdkafka's defaults", librdkafkas)] {
            let seconds = try await drain(broker, properties)
            say("  \(name): \(Int(Double(count) / seconds)) messages/s")
        }
    }

    /// Seconds from the first batch to the last.
    private func drain(_ broker: BrokerProcess, _ properties: [String: String]) async throws -> Double {
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: [broker.bootstrap],
            assignments: (0..<partitions).map { KafkaPartitionOffset(topic: "drain", partition: Int32($0), .beginning) }
        )
        configuration.properties = properties
        let consumer = try KafkaConsumer(configuration: configuration, tracing: TracingBackend.disabled)
        var taken = 0
        var start: ContinuousClock.Instant?
        for try await batch in consumer.batches(maxCount: 500, maxWait: .milliseconds(50)) {
            if start == nil { start = .now }
            taken += batch.count
            if taken >= count { break }
        }
        let elapsed = start?.duration(to: .now) ?? .zero
        await consumer.shutdown()
        return elapsed / .seconds(1)
    }
}
