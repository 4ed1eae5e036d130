import CLibrdkafka
import TestSupport
import TracingCore
import TracingTestKit

@testable import MessagingTracing
@testable import TracedKafka

/// A producer and a consumer on an embedded broker, recording to a file of OTLP JSON lines, and what a table leaves open
/// of their spans: what the test itself knows.
final class KafkaGolden {
    let kafka: EmbeddedKafka
    let tracing: any GoldenRecording
    let producer: KafkaProducer
    private(set) var consumer: KafkaConsumer!

    init(
        _ tracer: GoldenTracer, topics: [String: Int], group: String? = nil,
        options: MessagingTracingOptions = MessagingTracingOptions(),
        producerTracing: TracingBackend? = nil, producerProperties: [String: String] = [:]
    ) throws {
        kafka = try EmbeddedKafka(topics: topics)
        tracing = tracer.make()
        producer = try KafkaProducer(
            configuration: .init(
                bootstrapServers: kafka.bootstrapServers,
                properties: EmbeddedKafka.producerDefaults.merging(producerProperties) { $1 }, logSink: nil),
            tracing: producerTracing ?? tracing.backend, options: options)
        let assignments = topics.sorted { $0.key < $1.key }.flatMap { topic, partitions in
            (0..<partitions).map { KafkaPartitionOffset(topic: topic, partition: Int32($0), .beginning) }
        }
        consumer = try KafkaConsumer(
            configuration: .init(
                bootstrapServers: kafka.bootstrapServers, group: group, assignments: assignments,
                properties: EmbeddedKafka.consumerDefaults, logSink: nil), tracing: tracing.backend, options: options)
        // Spans name the cluster once its brokers were met.
        for client in [producer.handle.raw, consumer.handle.raw] {
            rd_kafka_mem_free(client, rd_kafka_clusterid(client, 5_000))
        }
    }

    /// All spans that were exported, once no more are to come.
    func spans() async throws -> [ExportedSpan] {
        await producer.shutdown()
        await consumer.shutdown()
        return try tracing.spans()
    }

    // MARK: What the test knows

    /// What every span of the producer says, create spans excepted.
    var producerFacts: [String: JSONValue] { facts(producer.handle.raw) }

    /// What every span of the consumer says.
    var consumerFacts: [String: JSONValue] { facts(consumer.handle.raw) }

    /// What create spans say.
    var serverFacts: [String: JSONValue] {
        let server = HostAndPort(kafka.bootstrapServers[0])
        return ["server.address": .string(server.host), "server.port": .int(Int64(server.port))]
    }

    private func facts(_ client: OpaquePointer) -> [String: JSONValue] {
        let cluster = rd_kafka_clusterid(client, 5_000)!
        defer { rd_kafka_mem_free(client, cluster) }
        return serverFacts.merging([
            "messaging.client.id": .string(String(cString: rd_kafka_name(client))),
            "messaging.kafka.cluster.id": .string(String(cString: cluster)),
        ]) { $1 }
    }
}

/// Facts of one message, as they stand on a span or link.
func facts(
    of receipt: KafkaReceipt, key: String? = nil, isConsumed: Bool = false
) -> [String: JSONValue] {
    var facts: [String: JSONValue] = [
        "messaging.destination.partition.id": .string(String(receipt.partition)),
        "messaging.kafka.offset": .int(receipt.offset!),
    ]
    if let key { facts["messaging.kafka.message.key"] = .string(key) }
    // Ours, beside the conventions: how long a consumed message waited.
    if isConsumed { facts[MessagingAttribute.timeInQueue] = .anyDuration }
    return facts
}

extension GoldenExample.Span {
    /// Applies what the test knows, and takes out what Kafka has not.
    mutating func say(_ facts: [String: JSONValue]...) {
        attributes["messaging.message.id"] = nil
        for facts in facts { attributes.merge(facts) { $1 } }
    }

    /// Applies what the test knows of each link's message.
    mutating func sayOnLinks(_ facts: [[String: JSONValue]]) {
        for (index, facts) in facts.enumerated() { links[index].attributes = facts }
    }
}
