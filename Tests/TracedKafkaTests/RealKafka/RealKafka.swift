import Foundation
import TestSupport
import TracingCore

@testable import TracedKafka

/// The real Kafka that tests share: the one that `KAFKA_BOOTSTRAP_SERVERS` names, else one that is started with the first
/// test.
enum RealKafka {
    private static let named = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"].flatMap {
        $0.isEmpty ? nil : $0
    }

    static let isThere = named != nil || PrivateKafka.isThere
    static let absence = "KAFKA_BOOTSTRAP_SERVERS names none, and " + PrivateKafka.absence

    /// Where it listens without TLS.
    static var servers: [String] {
        get async throws {
            if let named { return [named] }
            return [try await own.status.bootstrap]
        }
    }

    /// One of this process's own, with a plain, a TLS and a SASL listener, and access rights. No topic comes into being
    /// by being used.
    static var own: PrivateKafka {
        get async throws { try await starting.value }
    }
    private static let starting = Task {
        try await PrivateKafka(["--tls", "--sasl", "--acls", "--set", "auto.create.topics.enable=false"])
    }

    /// Settings for clients that do not wait longer than tests like to. A group notices a change with a heartbeat.
    static let producerDefaults = ["linger.ms": "1", "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "200"]
    static let consumerDefaults = [
        "heartbeat.interval.ms": "200", "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "200",
    ]

    /// A new topic, named after its purpose.
    static func topic(
        _ purpose: String, partitions: Int = 4, replicas: Int = 1, on servers: [String]? = nil,
        _ configuration: [String: String] = [:]
    ) async throws -> String {
        let name = "\(purpose)-\(UUID().uuidString)"
        let servers = if let servers { servers } else { try await Self.servers }
        let admin = try KafkaAdmin(servers)
        try await onThread {
            try admin.createTopic(name, partitions: partitions, replicas: replicas, configuration)
        }
        return name
    }

    static func producer(
        on servers: [String]? = nil, tracing: TracingBackend = .disabled, log: (any LogSink)? = nil,
        _ properties: [String: String] = [:]
    ) async throws -> KafkaProducer {
        let servers = if let servers { servers } else { try await Self.servers }
        return try KafkaProducer(
            configuration: .init(
                bootstrapServers: servers, properties: producerDefaults.merging(properties) { $1 }, logSink: log),
            tracing: tracing)
    }

    /// A member of a group; named after the topic unless it says otherwise.
    static func member(
        of group: String? = nil, topic: String, on servers: [String]? = nil, tracing: TracingBackend = .disabled,
        log: (any LogSink)? = nil, _ properties: [String: String] = [:],
        onRebalance: (@Sendable (KafkaRebalance) async -> Void)? = nil
    ) async throws -> KafkaConsumer {
        let servers = if let servers { servers } else { try await Self.servers }
        var configuration = KafkaConsumer.Configuration(
            bootstrapServers: servers, group: group ?? topic, topics: [topic],
            properties: consumerDefaults.merging(properties) { $1 }, logSink: log)
        configuration.onRebalance = onRebalance
        return try KafkaConsumer(configuration: configuration, tracing: tracing)
    }

    /// Reads a topic's partitions from their beginning, until `isComplete`.
    static func read(
        _ topic: String, partitions: Int = 4, on servers: [String]? = nil,
        until isComplete: ([KafkaMessage]) -> Bool
    ) async throws -> [KafkaMessage] {
        let servers = if let servers { servers } else { try await Self.servers }
        let consumer = try KafkaConsumer(
            configuration: .init(
                bootstrapServers: servers,
                assignments: (0..<Int32(partitions)).map { .init(topic: topic, partition: $0, .beginning) },
                properties: consumerDefaults, logSink: nil), tracing: .disabled)
        var messages: [KafkaMessage] = []
        for try await batch in consumer.batches(maxCount: 10_000, maxWait: .milliseconds(20)) {
            messages += batch
            if isComplete(messages) { break }
        }
        await consumer.shutdown()
        return messages
    }
}
