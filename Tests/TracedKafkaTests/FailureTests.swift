import MessagingTracing
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// After a handler has thrown, nothing at or past its first message is committed, whatever comes later.
@Suite(.timeLimit(.minutes(5))) struct FailureTests {
    private static let wait = Duration.seconds(60)

    /// Where a new member of the group goes on.
    private func resumes(_ bench: TracedBench) async throws -> Int64 {
        let next = try bench.kafka.tracedConsumer(bench.backend, group: "g", from: .stored)
        let offset = try await next.receive().offset
        await next.shutdown()
        return offset
    }

    @Test(arguments: [KafkaCommitting.each, .background])
    func runBatches(_ committing: KafkaCommitting) async throws {
        let bench = try TracedBench(group: "g", consumerProperties: ["auto.commit.interval.ms": "10"])
        try await bench.fill(30)
        var batches: [Int64] = []
        await #expect(throws: HandlerFailure.self) {
            try await bench.consumer.runBatches(maxCount: 10, maxWait: Self.wait, committing: committing) { batch in
                batches.append(batch[0].offset)
                if batch[0].offset == 10 { throw HandlerFailure() }
            }
        }
        #expect(batches == [0, 10])
        if committing == .each { #expect(try await bench.committed() == 10) }

        // A user who goes on regardless: the third batch is handled, and its commit must not cover the second.
        if committing == .background {
            try await bench.consumer.runBatches(maxCount: 10, maxWait: Self.wait, committing: .background) { _ in
                bench.consumer.beginShutdown()
            }
        } else {
            let error = await #expect(throws: KafkaError.self) {
                try await bench.consumer.runBatches(maxCount: 10, maxWait: Self.wait) { _ in }
            }
            #expect(error?.code == .fenced)
        }
        await bench.end()
        #expect(try await bench.committed() == 10)
        #expect(try await resumes(bench) == 10)
        let failed = bench.memory.spans.named("process t").filter { $0.status != .unset }
        #expect(failed.map(\.links.count) == [10])
    }

    @Test func aLoopOfOnesOwn() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(30)
        var failures = 0
        for try await batch in bench.consumer.batches(maxCount: 10, maxWait: Self.wait) {
            do {
                try await batch.process { if $0[0].offset == 10 { throw HandlerFailure() } }
                try await batch.commit()
            } catch is HandlerFailure {
                failures += 1
            } catch let error as KafkaError {
                #expect(error.code == .fenced && batch[0].offset == 20)
                #expect(error.message.contains("10"))
                try bench.consumer.store(offsetsOf: batch)
                break
            }
        }
        #expect(failures == 1)
        await bench.end()
        #expect(try await bench.committed() == 10)
        #expect(try await resumes(bench) == 10)
    }

    @Test(arguments: [KafkaCommitting.each, .background])
    func run(_ committing: KafkaCommitting) async throws {
        let bench = try TracedBench(group: "g", consumerProperties: ["auto.commit.interval.ms": "10"])
        try await bench.fill(20)
        await #expect(throws: HandlerFailure.self) {
            try await bench.consumer.run(committing: committing) { message in
                if message.offset == 5 { throw HandlerFailure() }
            }
        }
        if committing == .each {
            let error = await #expect(throws: KafkaError.self) {
                try await bench.consumer.run(committing: .each) { #expect($0.offset == 6) }
            }
            #expect(error?.code == .fenced)
        } else {
            try await bench.consumer.run { message in
                if message.offset == 12 { bench.consumer.beginShutdown() }
            }
        }
        // The last commit is the shutdown's.
        await bench.end()
        #expect(try await bench.committed() == 5)
        #expect(try await resumes(bench) == 5)
    }

    @Test func handlingItAgainOpensTheWay() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(20)
        let first = try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait)
        let second = try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait)
        await #expect(throws: HandlerFailure.self) { try await first.process { _ in throw HandlerFailure() } }
        await #expect(throws: KafkaError.self) { try await second.commit() }
        for message in first.dropLast() { try await message.process {} }
        await #expect(throws: KafkaError.self) { try await second.commit() }
        try await first[9].process {}
        try await second.commit()
        #expect(try await bench.committed() == 20)
        await bench.end()
    }

    @Test func aFailedWindowIsNotCommittedAway() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(3)
        var window = MessageBatch()
        window.append(try await bench.consumer.receive())
        window.append(try await bench.consumer.receive())
        await #expect(throws: HandlerFailure.self) { try await window.process { throw HandlerFailure() } }
        let later = try await bench.consumer.receive()
        let error = await #expect(throws: KafkaError.self) { try await later.commit() }
        #expect(error?.code == .fenced)
        try await window.process {}
        try await later.commit()
        #expect(try await bench.committed() == 3)
        await bench.end()
    }

    // MARK: Sending what cannot arrive

    @Test func tenThousandMessagesForAPartitionThatDoesNotExist() async throws {
        let ends = EndCounter()
        let memory = MemoryTracing(processors: [ends])
        let bench = try TracedBench(memory: memory)
        _ = try await bench.producer.send(.init(topic: "t", value: "metadata is known from here"))
        var failures = 0
        for index in 0..<10_000 {
            let record = KafkaRecord(topic: "t", key: "k", value: "v", headers: ["a": "1"], partition: 99)
            do {
                if index % 2 == 0 {
                    _ = try await bench.producer.send(record)
                } else {
                    try bench.producer.enqueue(record)
                }
            } catch {
                if code(of: error) == .unknownTopicOrPartition { failures += 1 }
            }
        }
        #expect(failures == 10_000)
        await bench.end()
        let failed = memory.spans.filter { $0.status != .unset }
        #expect(failed.count == 10_000)
        #expect(
            failed.allSatisfy { $0.name == "send t" && $0.attributes["error.type"] == .string("_UNKNOWN_PARTITION") })
        let counts = ends.counts
        #expect(counts.count == 10_001)
        #expect(counts.values.allSatisfy { $0 == 1 })
        #expect(ends.started == 10_001)
    }
}
