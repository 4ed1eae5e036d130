import MessagingTracing
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// Nothing is taken that was not asked for.
@Suite(.timeLimit(.minutes(5))) struct DemandTests {
    /// What was taken while a handler is held; asked again after a round trip to the broker, when more could have been.
    private func position(_ bench: TracedBench) async throws -> [Int64?] {
        let before = try bench.consumer.position(of: TracedBench.p0)
        _ = try await bench.producer.send(.init(topic: "t", value: "more", partition: 0))
        _ = try await bench.committed()
        return [before, try bench.consumer.position(of: TracedBench.p0)]
    }

    @Test(arguments: LoopParentTests.Loop.allCases)
    func aHeldHandlerHoldsThePosition(_ loop: LoopParentTests.Loop) async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(200)
        let door = Gate()
        let consumer = bench.consumer
        let task = Task {
            switch loop {
            case .messages:
                for try await _ in consumer.messages {
                    await door.pass()
                    break
                }
            case .batches:
                for try await _ in consumer.batches(maxCount: 10, maxWait: .seconds(60)) {
                    await door.pass()
                    break
                }
            case .run:
                try await consumer.run { _ in
                    await door.pass()
                    consumer.beginShutdown()
                }
            case .runBatches:
                try await consumer.runBatches(maxCount: 10, maxWait: .seconds(60)) { _ in
                    await door.pass()
                    consumer.beginShutdown()
                }
            }
        }
        await door.visited()
        let taken: Int64 = loop == .messages || loop == .run ? 1 : 10
        #expect(try await position(bench) == [taken, taken])
        await door.open()
        try await task.value
        await bench.end()
    }
}
