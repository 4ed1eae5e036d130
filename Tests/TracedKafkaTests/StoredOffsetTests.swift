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
}
