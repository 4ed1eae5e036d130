import Foundation
import TestSupport
import Testing
import TracingCore

@testable import TracedKafka

extension PrivateKafkaTests {
    /// What a broker refuses is a typed error, and has Kafka's name for it on the span.
    @Suite struct RefusalTests {
        private func expect(
            _ record: KafkaRecord, is code: KafkaError.Code, _ name: String, sentBy producer: KafkaProducer,
            _ memory: MemoryTracing
        ) async {
            let error = await #expect(throws: KafkaError.self) { try await producer.send(record) }
            #expect(error?.code == code && error?.errorType == name, "\(error?.description ?? "")")
            let span = memory.spans.last
            #expect(span?.name == "send \(record.topic)" && span?.attributes["error.type"] == .string(name))
            #expect(span?.status == .error(error?.message ?? ""))
        }

        @Test func messagesThatDoNotFit() async throws {
            let topic = try await RealKafka.topic("small", partitions: 2, ["max.message.bytes": "2000"])
            let compacted = try await RealKafka.topic("compacted", partitions: 1, ["cleanup.policy": "compact"])
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(tracing: memory.backend)
            // Too large for the topic, which the broker knows, and for any, which the library does.
            for size in [10_000, 2_000_000] {
                let record = KafkaRecord(topic: topic, value: [UInt8](repeating: 7, count: size))
                await expect(record, is: .messageTooLarge, "MESSAGE_TOO_LARGE", sentBy: producer, memory)
            }
            // Compaction needs a key.
            await expect(
                KafkaRecord(topic: compacted, value: "v"), is: .other, "INVALID_RECORD", sentBy: producer, memory)
            // Others of a batch arrive, unless they are for the same partition: what goes there goes and fails together.
            let records = [("a", 0), (String(repeating: "b", count: 10_000), 1), ("c", 0)].map {
                KafkaRecord(topic: topic, value: $0.0, partition: $0.1)
            }
            let error = await #expect(throws: KafkaBatchError.self) { try await producer.sendBatch(records) }
            #expect(error?.failedIndices == [1] && error?.first?.errorType == "MESSAGE_TOO_LARGE")
            await producer.shutdown()
            let found = try await RealKafka.read(topic, partitions: 2) { $0.count >= 2 }
            #expect(found.map(\.valueString) == ["a", "c"])
        }

        @Test func topicsThatAreNotThere() async throws {
            let topic = "missing-\(UUID().uuidString)"
            let servers = [try await RealKafka.own.status.bootstrap]
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(
                on: servers, tracing: memory.backend, ["topic.metadata.propagation.max.ms": "100"])
            await expect(
                KafkaRecord(topic: topic, value: "v"), is: .unknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION",
                sentBy: producer,
                memory)
            let asked = await #expect(throws: KafkaError.self) { try await producer.partitionCount(of: topic) }
            #expect(asked?.errorType == "UNKNOWN_TOPIC_OR_PARTITION")
            await producer.shutdown()
            let consumer = try await RealKafka.member(topic: topic, on: servers, tracing: memory.backend)
            let error = await #expect(throws: KafkaError.self) { try await consumer.receive() }
            #expect(error?.code == .unknownTopicOrPartition && error?.errorType == "UNKNOWN_TOPIC_OR_PARTITION")
            #expect(memory.spans.last?.attributes["error.type"] == .string("UNKNOWN_TOPIC_OR_PARTITION"))
            await consumer.shutdown()
        }

        @Test func whatAUserMayNotDo() async throws {
            let kafka = try await RealKafka.own
            let sasl = try #require(kafka.status.sasl)
            let login = [
                "security.protocol": "sasl_ssl", "ssl.ca.location": sasl.ca, "sasl.mechanism": "PLAIN",
                "sasl.username": "other", "sasl.password": try #require(sasl.users["other"]),
            ]
            let servers = [sasl.bootstrap]
            let locked = try await RealKafka.topic("locked", partitions: 1)
            let open = try await RealKafka.topic("open", partitions: 1)
            try await kafka.control(
                "acls", "--add", "--deny-principal", "User:other", "--operation", "All", "--topic", locked, "--group",
                locked)
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(on: servers, tracing: memory.backend, login)
            _ = try await producer.send(KafkaRecord(topic: open, value: "v"))
            // The broker reads its rules from a log.
            let early = try await RealKafka.producer(on: servers, login)
            try await eventually("the rule holds") {
                do {
                    _ = try await early.send(KafkaRecord(topic: locked, value: "v"))
                    return false
                } catch let error as KafkaError {
                    return error.code == .authorization
                }
            }
            await early.shutdown()
            await expect(
                KafkaRecord(topic: locked, value: "v"), is: .authorization, "TOPIC_AUTHORIZATION_FAILED",
                sentBy: producer, memory)
            await producer.shutdown()
            for (topic, group, name) in [
                (locked, open, "TOPIC_AUTHORIZATION_FAILED"), (open, locked, "GROUP_AUTHORIZATION_FAILED"),
            ] {
                let consumer = try await RealKafka.member(
                    of: group, topic: topic, on: servers, tracing: memory.backend, login)
                let error = await #expect(throws: KafkaError.self) { try await consumer.receive() }
                #expect(error?.code == .authorization && error?.errorType == name, "\(error?.description ?? "")")
                await consumer.shutdown()
            }
        }
    }
}
