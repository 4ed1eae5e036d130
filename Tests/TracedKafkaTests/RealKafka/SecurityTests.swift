import CLibrdkafka
import Foundation
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

@testable import TracedKafka

extension PrivateKafkaTests {
    /// TLS and SASL: who is let in, and what those are told who are not.
    @Suite struct SecurityTests {
        private typealias Properties = [String: String]

        private func tls(_ status: PrivateKafka.Status.TLS, _ more: Properties = [:]) -> Properties {
            ["security.protocol": "ssl", "ssl.ca.location": status.ca].merging(more) { $1 }
        }

        private func login(
            _ status: PrivateKafka.Status.SASL, _ mechanism: String, password: String? = nil
        ) -> Properties {
            [
                "security.protocol": "sasl_ssl", "ssl.ca.location": status.ca, "sasl.mechanism": mechanism,
                "sasl.username": status.user, "sasl.password": password ?? status.password,
            ]
        }

        /// A message there, and back in a group.
        private func works(_ servers: String, _ properties: Properties) async throws {
            let topic = try await RealKafka.topic("let-in", partitions: 1)
            let producer = try await RealKafka.producer(on: [servers], properties)
            _ = try await producer.send(KafkaRecord(topic: topic, key: "k", value: "v"))
            await producer.shutdown()
            let consumer = try await RealKafka.member(topic: topic, on: [servers], properties)
            let message = try await consumer.receive()
            #expect(message.valueString == "v")
            try await message.commit()
            await consumer.shutdown()
        }

        /// Every way to ask ends with a typed error that says why, and the log says it as soon as it is known.
        private func isRefused(
            _ servers: String, _ properties: Properties, as name: String, saying text: String
        ) async throws {
            func check(_ error: KafkaError?) {
                #expect(error?.code == .authentication && error?.errorType == name, "\(error?.description ?? "")")
                #expect(
                    error?.message.contains(text) == true && error?.message.contains("Check the credentials") == true)
            }
            let log = RecordingLogSink()
            let wasSaid = {
                log.entries.contains {
                    $0.level == .error && $0.metadata["error.type"] == name && $0.message.contains(text)
                        && $0.message.contains("Check the credentials")
                }
            }
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(
                on: [servers], tracing: memory.backend, log: log,
                properties.merging(["message.timeout.ms": "1000"]) { $1 })
            try await eventually("the producer says it", wasSaid)
            check(
                await #expect(throws: KafkaError.self) {
                    try await producer.partitionCount(of: "t", timeout: .milliseconds(100))
                })
            check(
                await #expect(throws: KafkaError.self) {
                    try await producer.send(KafkaRecord(topic: "t", value: "v"))
                })
            #expect(memory.span("send t")?.attributes["error.type"] == .string(name))
            await producer.shutdown()

            let consumer = try await RealKafka.member(topic: "t", on: [servers], tracing: memory.backend, properties)
            // A handshake may first end as a lost connection.
            try await eventually("the consumer knows") {
                consumer.handle.brokersDown.load(ordering: .acquiring)
                    && consumer.handle.failure(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "").code == .authentication
            }
            check(await #expect(throws: KafkaError.self) { try await consumer.receive(maxWait: .milliseconds(20)) })
            await consumer.shutdown()
        }

        @Test func certificatesAreVerified() async throws {
            let status = try await RealKafka.own.status
            let files = try #require(status.tls)
            try await works(files.bootstrap, tls(files))
            try await works(
                files.bootstrap, tls(files, ["ssl.certificate.location": files.cert, "ssl.key.location": files.key]))
            try await isRefused(
                files.bootstrap, tls(files, ["ssl.ca.location": files.other_ca]), as: "_SSL", saying: "ssl.ca.location")
            // A listener without TLS.
            try await isRefused(status.bootstrap, tls(files), as: "_SSL", saying: "SSL handshake failed")
        }

        @Test(arguments: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
        func passwordsAreAskedFor(_ mechanism: String) async throws {
            let status = try await RealKafka.own.status
            let sasl = try #require(status.sasl)
            // Kafka 4 refuses the SCRAM of librdkafka before 2.6.1.
            if !mechanism.hasPrefix("SCRAM") || status.version.hasPrefix("3.") || rd_kafka_version() >= 0x0206_01FF {
                try await works(sasl.bootstrap, login(sasl, mechanism))
            }
            try await isRefused(
                sasl.bootstrap, login(sasl, mechanism, password: "wrong"), as: "_AUTHENTICATION",
                saying: "Authentication failed")
        }
    }
}
