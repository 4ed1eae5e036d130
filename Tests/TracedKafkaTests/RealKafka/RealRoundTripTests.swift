import Foundation
import TestSupport
import Testing
import TracingCore

@testable import TracedKafka

extension RealKafkaTests {
    @Suite struct RoundTripTests {
        /// Every kind of key, value and header with every other.
        private func records(_ topic: String) -> [KafkaRecord] {
            let binary = KafkaBytes((0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) })
            let contents: [KafkaBytes?] = [nil, KafkaBytes([]), "text ü", binary, KafkaBytes([0, 0xFF, 0])]
            let large = KafkaBytes((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
            let headers: [KafkaHeaders] = [
                [:], ["a": "1", "b": nil, "a": KafkaBytes([]), "a": binary, "größe": "2"],
                ["": "no name", "traceparent": "not one", "b": KafkaBytes([0, 0xFF])],
            ]
            var records: [KafkaRecord] = []
            for key in contents {
                for value in contents + [large] {
                    for headers in headers {
                        let index = records.count
                        records.append(
                            KafkaRecord(
                                topic: topic, key: key, value: value, headers: headers,
                                partition: Int32(index % 4), timestamp: 1_600_000_000_000 + Int64(index)))
                    }
                }
            }
            return records
        }

        @Test(arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
        func everyByteArrives(_ compression: String) async throws {
            let topic = try await RealKafka.topic("round-trip")
            let producer = try await RealKafka.producer(["compression.type": compression])
            let records = records(topic)
            let receipts = try await producer.sendBatch(records)
            await producer.shutdown()
            let messages = try await RealKafka.read(topic) { $0.count >= records.count }
            #expect(messages.count == records.count)
            let found = Dictionary(grouping: messages) { "\($0.topicPartition)@\($0.offset)" }
            for (record, receipt) in zip(records, receipts) {
                let place = "\(topic)[\(receipt.partition)]@\(receipt.offset ?? -1)"
                let message = try #require(found[place]?.first)
                #expect(message.topic == topic && message.partition == record.partition)
                #expect(message.key == record.key?.bytes)
                #expect(message.value == record.value?.bytes)
                #expect(message.isTombstone == (record.value == nil))
                #expect(message.headers == record.headers)
                #expect(message.timestamp?.milliseconds == record.timestamp && message.timestamp?.kind == .created)
                #expect(receipt.timestamp == record.timestamp)
            }
        }

        /// The trace's headers come behind the user's, which stay as they are.
        @Test func aTraceAddsItsHeadersAndTouchesNoOther() async throws {
            let topic = try await RealKafka.topic("traced")
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(tracing: memory.backend)
            let headers: KafkaHeaders = ["a": "1", "b": nil, "a": KafkaBytes([0, 0xFF])]
            _ = try await producer.send(KafkaRecord(topic: topic, key: "k", value: nil, headers: headers))
            await producer.shutdown()
            let message = try #require(try await RealKafka.read(topic) { !$0.isEmpty }.first)
            let sent = try #require(memory.span("send \(topic)"))
            #expect(message.headers.users == Array(headers))
            #expect(message.headers.count(of: "traceparent") == 1)
            let context = message.headers.last(named: "traceparent")?.valueString
            #expect(context?.hasPrefix("00-\(sent.context.traceID)-\(sent.context.spanID)-") == true)
            #expect(sent.attributes["messaging.kafka.message.tombstone"] == .bool(true))
        }

        @Test func timestampsMayBeTheBrokers() async throws {
            let topic = try await RealKafka.topic(
                "appended", partitions: 1, ["message.timestamp.type": "LogAppendTime"])
            let producer = try await RealKafka.producer()
            let receipt = try await producer.send(KafkaRecord(topic: topic, value: "v", timestamp: 1_600_000_000_000))
            await producer.shutdown()
            let message = try #require(try await RealKafka.read(topic, partitions: 1) { !$0.isEmpty }.first)
            #expect(message.timestamp?.kind == .appended)
            #expect(message.timestamp?.milliseconds == receipt.timestamp && receipt.timestamp != 1_600_000_000_000)
        }
    }
}
