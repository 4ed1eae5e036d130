import Foundation
import TestSupport
import Testing
import TracingCore

@testable import TracedKafka

extension PrivateKafkaTests {
    /// Brokers go away in the middle of sends, and come back. One after the other: three nodes want room.
    @Suite(.serialized) struct OutageTests {
        /// Sixteen tasks that send, and one that receives, while brokers come and go. Everything that was acknowledged is
        /// there, once; each `send` ends, and so does its span.
        private func sending(
            to topic: String, partitions: Int, on kafka: PrivateKafka,
            _ disturb: @Sendable (KafkaProducer, Outcomes) async throws -> Void
        ) async throws {
            let servers = [kafka.status.bootstrap]
            let ends = EndCounter()
            let memory = MemoryTracing(processors: [ends])
            // Without idempotence, what is sent again after an outage may be there twice.
            let producer = try await RealKafka.producer(
                on: servers, tracing: memory.backend, ["enable.idempotence": "true"])
            let consumer = try await RealKafka.member(topic: topic, on: servers)
            let outcomes = Outcomes()
            let failures = Guarded<[KafkaError]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<16 {
                    group.addTask {
                        try await outcomes.send(sender) { body in
                            do {
                                _ = try await producer.send(KafkaRecord(topic: topic, key: body, value: body))
                                return true
                            } catch let error as KafkaError {
                                failures.withLock { $0.append(error) }
                                return false
                            }
                        }
                    }
                }
                group.addTask {
                    try await consumer.runBatches(maxCount: 500, maxWait: .milliseconds(50), committing: .background) {
                        outcomes.arrive($0.compactMap(\.valueString))
                    }
                }
                try await outcomes.progress(by: 200)
                try await disturb(producer, outcomes)
                outcomes.end()
                try await outcomes.completion()
                consumer.beginShutdown()
                try await group.waitForAll()
            }
            await producer.shutdown()
            await consumer.shutdown()
            #expect(failures.withLock { $0 }.isEmpty)
            let acknowledged = outcomes.all
            let found = try await RealKafka.read(topic, partitions: partitions, on: servers) {
                $0.count >= acknowledged.count
            }
            #expect(found.count == acknowledged.count)
            #expect(Set(found.compactMap(\.valueString)) == acknowledged)
            #expect(ends.started == acknowledged.count && ends.counts.count == ends.started)
            #expect(ends.counts.values.allSatisfy { $0 == 1 })
            #expect(memory.spans.allSatisfy { $0.name == "send \(topic)" && $0.status == .unset })
        }

        @Test func aBrokerThatIsKilledAndPaused() async throws {
            try await PrivateKafka.with { kafka in
                let topic = try await RealKafka.topic("survivors", partitions: 2, on: [kafka.status.bootstrap])
                try await sending(to: topic, partitions: 2, on: kafka) { producer, outcomes in
                    try await kafka.control("kill", "1")
                    try await kafka.control("restart", "1")
                    try await outcomes.progress(by: 200)
                    try await kafka.control("pause", "1")
                    try await eventually("every sender waits for an answer") { queued(producer) == 16 }
                    try await kafka.control("resume", "1")
                    try await outcomes.progress(by: 200)
                }
                try await unansweredSendsEnd(on: kafka)
            }
        }

        /// A paused broker answers nobody: a `send` ends with the time that it was given.
        private func unansweredSendsEnd(on kafka: PrivateKafka) async throws {
            let servers = [kafka.status.bootstrap]
            let topic = try await RealKafka.topic("unanswered", partitions: 1, on: servers)
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(
                on: servers, tracing: memory.backend, ["message.timeout.ms": "1000"])
            _ = try await producer.partitionCount(of: topic)
            try await kafka.control("pause", "1")
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(KafkaRecord(topic: topic, value: "v"))
            }
            #expect(error?.code == .timedOut && error?.errorType == "_MSG_TIMED_OUT")
            try await kafka.control("resume", "1")
            try await eventually("it goes on") {
                (try? await producer.send(KafkaRecord(topic: topic, value: "w"))) != nil
            }
            await producer.shutdown()
            let failed = memory.spans.filter { $0.status != .unset }
            #expect(failed.first?.attributes["error.type"] == .string("_MSG_TIMED_OUT"))
        }

        @Test func aLeaderThatIsKilled() async throws {
            try await PrivateKafka.with("--nodes", "3") { kafka in
                let servers = [kafka.status.bootstrap]
                let topic = try await RealKafka.topic("followers", partitions: 1, replicas: 3, on: servers)
                try await kafka.control("wait", "--topic", topic, "--in-sync")
                let admin = try KafkaAdmin(servers)
                let leader = try await onThread { try admin.leader(of: topic) }
                try await sending(to: topic, partitions: 1, on: kafka) { _, outcomes in
                    try await kafka.control("kill", "\(leader)")
                    try await outcomes.progress(by: 200)
                }
                try await eventually("every broker knows that another leads") {
                    try await onThread { try admin.leader(of: topic) } != leader
                }
            }
        }
    }
}
