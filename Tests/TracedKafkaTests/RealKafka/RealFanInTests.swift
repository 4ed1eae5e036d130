import Foundation
import MessagingTracing
import TestSupport
import Testing
import TracingCore

@testable import TracedKafka

extension RealKafkaTests {
    @Suite struct FanInTests {
        /// Messages in flight at once, each in a trace of its own, and as many in one batch.
        private static let count = 200

        @Test func oneSpanOverABatchOfFourPartitions() async throws {
            let topic = try await RealKafka.topic("fan-in")
            let memory = MemoryTracing()
            let producer = try await RealKafka.producer(tracing: memory.backend)
            func record(_ index: Int) -> KafkaRecord {
                KafkaRecord(topic: topic, key: "\(index)", value: "\(index)", partition: Int32(index % 4))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<Self.count { group.addTask { _ = try await producer.send(record(index)) } }
                try await group.waitForAll()
            }
            _ = try await producer.sendBatch((Self.count..<(2 * Self.count)).map(record))

            let consumer = try await RealKafka.member(topic: topic, tracing: memory.backend)
            try await consumer.runBatches(maxCount: 2 * Self.count, maxWait: .seconds(120)) { batch in
                #expect(Set(batch.map(\.valueString)) == Set((0..<(2 * Self.count)).map { "\($0)" }))
                consumer.beginShutdown()
            }
            await consumer.shutdown()

            // One span, a link for each message, to the span whose context the message carries.
            let processed = memory.spans.named("process \(topic)")
            let process = try #require(processed.first)
            let sent = memory.spans.filter { $0.name == "send \(topic)" && $0.links.isEmpty }
            let created = memory.spans.named("create \(topic)")
            #expect(processed.count == 1 && sent.count == Self.count && created.count == Self.count)
            let places = Dictionary(
                (sent + created).map { ($0.context.spanID, $0) }, uniquingKeysWith: { first, _ in first })
            #expect(process.links.count == places.count && process.parent == nil)
            var offsets: [String: Set<Int64>] = [:]
            for link in process.links {
                let producer = try #require(places[link.context.spanID])
                #expect(link.context.traceID == producer.context.traceID && link.context.isRemote)
                guard case .string(let partition)? = link.attributes[MessagingAttribute.destinationPartitionID],
                    case .int(let offset)? = link.attributes[MessagingAttribute.kafkaOffset]
                else { throw HandlerFailure() }
                #expect(offsets[partition, default: []].insert(offset).inserted)
            }
            #expect(Set(process.links.map(\.context.spanID)) == Set(places.keys))
            #expect(offsets == Dictionary(uniqueKeysWithValues: (0..<4).map { ("\($0)", Set(0..<100)) }))
            #expect(process.attributes[MessagingAttribute.batchMessageCount] == .int(Int64(2 * Self.count)))
            #expect(process.attributes[MessagingAttribute.kafkaClusterID] != nil)

            // The commit belongs to the batch, and the broker has it.
            let commits = memory.spans.named("commit \(topic)")
            let commit = try #require(commits.first)
            #expect(commits.count == 1 && commit.parent?.spanID == process.context.spanID && commit.status == .unset)
            let partitions = (0..<4).map { KafkaPartition(topic: topic, partition: $0) }
            let next = try await RealKafka.member(topic: topic)
            #expect(
                try await next.committed(partitions, timeout: .seconds(60))
                    == Dictionary(uniqueKeysWithValues: partitions.map { ($0, 100) }))

            // A new member goes on behind it: it sees the last message of each partition and nothing else.
            _ = try await producer.sendBatch((0..<4).map { index in record(1000 + index) })
            await producer.shutdown()
            let seen = Guarded<[String?]>([])
            try await next.runBatches(maxCount: 4, maxWait: .seconds(120)) { batch in
                seen.withLock { $0 += batch.map(\.valueString) }
                if seen.withLock(\.count) >= 4 { next.beginShutdown() }
            }
            await next.shutdown()
            #expect(seen.withLock { $0.compactMap(\.self).sorted() } == ["1000", "1001", "1002", "1003"])
        }
    }
}
