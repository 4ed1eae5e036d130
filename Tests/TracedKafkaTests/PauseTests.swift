import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// What pausing and resuming does to what is read.
@Suite(.timeLimit(.minutes(5))) struct PauseTests {
    private let p0 = KafkaPartition(topic: "t", partition: 0)

    private func filled(_ count: Int) async throws -> EmbeddedKafka {
        let kafka = try EmbeddedKafka(topics: ["t": 1])
        let producer = try kafka.producer()
        _ = try await producer.sendBatch((0..<count).map { .init(topic: "t", value: "\($0)", partition: 0) })
        await producer.shutdown()
        return kafka
    }

    /// librdkafka before 2.1 drops what a call has gathered when the same call meets a pause.
    @Test func pausesDuringPullsLoseNothing() async throws {
        let total: Int64 = 40_000
        let kafka = try await filled(Int(total))
        let consumer = try kafka.consumer("t")
        let pausing = Task {
            while !Task.isCancelled {
                try await consumer.pause([p0])
                try await consumer.resume([p0])
                // The position moves with each message that a call gathers: the next pause comes in the midst of it.
                let position = try consumer.position(of: p0)
                while try consumer.position(of: p0) == position, !Task.isCancelled { await Task.yield() }
            }
        }
        var next: Int64 = 0
        var gaps: [Range<Int64>] = []
        while next < total {
            for message in try await consumer.receive(maxCount: 1000, maxWait: .milliseconds(20)) {
                // A message may come again, but none is left out.
                if message.offset > next { gaps.append(next..<message.offset) }
                next = max(next, message.offset + 1)
            }
        }
        #expect(gaps.isEmpty)
        pausing.cancel()
        _ = try? await pausing.value
        await consumer.shutdown()
    }

    @Test func resumingWhatIsNotPausedChangesNothing() async throws {
        let kafka = try await filled(50)
        let consumer = try kafka.consumer("t")
        #expect(try await consumer.receive(maxCount: 20, maxWait: .seconds(60)).count == 20)
        try await consumer.resume([p0])
        #expect(try await consumer.receive().offset == 20)
        try await consumer.pause([p0])
        try await consumer.resume([p0])
        try await consumer.resume([p0])
        #expect(try await consumer.receive().offset == 21)
        await consumer.shutdown()
    }

    @Test func whatWasPausedBesideAnUnknownPartitionIsResumed() async throws {
        let kafka = try await filled(5)
        let consumer = try kafka.consumer("t")
        #expect(try await consumer.receive(maxCount: 5, maxWait: .seconds(60)).count == 5)
        let error = await #expect(throws: KafkaError.self) {
            try await consumer.pause([p0, KafkaPartition(topic: "missing", partition: 0)])
        }
        #expect(error?.code == .unknownTopicOrPartition)
        try await consumer.resume([p0])
        let producer = try kafka.producer()
        _ = try await producer.send(.init(topic: "t", value: "5", partition: 0))
        #expect(try await consumer.receive(maxWait: .seconds(60))?.offset == 5)
        await producer.shutdown()
        await consumer.shutdown()
    }
}
