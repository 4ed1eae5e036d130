import TestSupport
import Testing
import TracingTestKit

@testable import TracedKafka

/// What is stored is committed in the background and at the end: never behind what was committed, never past what failed.
@Suite(.timeLimit(.minutes(2))) struct StoredOffsetTests {
    private static let wait = Duration.seconds(60)

    /// Its stored offsets are committed by the close and by `commit()` alone.
    private func bench(_ properties: [String: String] = [:]) throws -> TracedBench {
        try TracedBench(
            group: "g", consumerProperties: ["auto.commit.interval.ms": "3600000"].merging(properties) { $1 })
    }

    @Test func aCommitTakesWhatIsStoredAlong() async throws {
        let bench = try bench()
        try await bench.fill(20)
        try bench.consumer.store(offsetsOf: try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait))
        try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait).commit()
        await bench.end()
        #expect(try await bench.committed() == 20)
    }

    @Test func aCommitLeavesWhatIsStoredBehindItAlone() async throws {
        let bench = try bench()
        try await bench.fill(20)
        let first = try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait)
        try bench.consumer.store(offsetsOf: try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait))
        try await first.commit()
        #expect(try await bench.committed() == 10)
        await bench.end()
        #expect(try await bench.committed() == 20)
    }

    @Test func aCommitThatWasPutOffDoesNotComeAfterLaterOnes() async throws {
        let bench = try bench()
        try await bench.fill(20)
        try await bench.consumer.runBatches(maxCount: 10, maxWait: Self.wait) { batch in
            if batch[0].offset == 0 {
                bench.kafka.failRequests(.offsetCommit, with: [27])
            } else {
                bench.consumer.beginShutdown()
            }
        }
        #expect(try await bench.committed() == 20)
        await bench.end()
        #expect(try await bench.committed() == 20)
    }

    @Test func aFailureTakesBackWhatIsStoredPastIt() async throws {
        let bench = try bench()
        try await bench.fill(10)
        let batch = try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait)
        try bench.consumer.store(offsetOf: batch[6])
        await #expect(throws: HandlerFailure.self) { try await batch[5].process { throw HandlerFailure() } }
        try await bench.consumer.commit()
        #expect(try await bench.committed() == 5)
        await bench.end()
        #expect(try await bench.committed() == 5)
    }

    // MARK: Without commits in the background

    @Test func aLoopThatLeavesItsCommitsToTheBackgroundNeedsOne() async throws {
        let bench = try bench(["enable.auto.commit": "false"])
        let error = await #expect(throws: KafkaError.self) {
            try await bench.consumer.run { _ in Issue.record("a message") }
        }
        #expect(error?.code == .invalidConfiguration)
        await #expect(throws: KafkaError.self) {
            try await bench.consumer.runBatches(maxCount: 1, maxWait: .zero, committing: .background) { _ in }
        }
        await bench.end()
    }

    @Test func whatIsStoredIsCommittedWhenAsked() async throws {
        let bench = try bench(["enable.auto.commit": "false"])
        try await bench.fill(20)
        try bench.consumer.store(offsetsOf: try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait))
        try await bench.consumer.commit()
        #expect(try await bench.committed() == 10)
        try bench.consumer.store(offsetsOf: try await bench.consumer.receive(maxCount: 10, maxWait: Self.wait))
        await bench.end()
        #expect(try await bench.committed() == 10)
    }

    @Test func aCommitThatWasPutOffIsMadeBeforeTheEnd() async throws {
        let bench = try bench(["enable.auto.commit": "false"])
        try await bench.fill(10)
        try await bench.consumer.runBatches(maxCount: 10, maxWait: Self.wait) { _ in
            bench.kafka.failRequests(.offsetCommit, with: [27])
            bench.consumer.beginShutdown()
        }
        await bench.end()
        #expect(try await bench.committed() == 10)
    }
}
