import TestSupport
import Testing

@testable import TracedKafka

/// Loops that commit do not commit away what others still handle.
@Suite(.timeLimit(.minutes(2))) struct RunningLoopsTests {
    private static let wait = Duration.seconds(60)

    @Test(arguments: [KafkaCommitting.each, .background, .never])
    func aLoopThatCommitsIsAlone(_ first: KafkaCommitting) async throws {
        let bench = try TracedBench(group: "g")
        let consumer = bench.consumer
        try await bench.fill(20)
        let door = Gate()
        let run = Task {
            try await consumer.runBatches(maxCount: 10, maxWait: Self.wait, committing: first) { _ in
                await door.pass()
                consumer.beginShutdown()
            }
        }
        await door.visited()
        for committing in [KafkaCommitting.each, .background, .never] where first != .never || committing != .never {
            let error = await #expect(throws: KafkaError.self) {
                try await consumer.run(committing: committing) { _ in Issue.record("a message") }
            }
            #expect(error?.code == .alreadyRunning)
        }
        #expect(try await bench.committed() == nil)
        await door.open()
        try await run.value
        await bench.end()
        #expect(try await bench.committed() == (first == .never ? nil : 10))
    }

    @Test func loopsThatDoNotCommitRunSideBySide() async throws {
        for group in ["g", nil] {
            let bench = try TracedBench(group: group)
            let consumer = bench.consumer
            try await bench.fill(2)
            let doors = [Gate(), Gate()]
            let loops = doors.map { door in
                Task {
                    // Without a group nothing is committed, whatever is said.
                    try await consumer.run(committing: group == nil ? .each : .never) { _ in await door.pass() }
                }
            }
            for door in doors { await door.visited() }
            consumer.beginShutdown()
            for door in doors { await door.open() }
            for loop in loops { try await loop.value }
            await bench.end()
        }
    }

    @Test func oneLoopMayFollowAnother() async throws {
        let bench = try TracedBench(group: "g")
        try await bench.fill(20)
        await #expect(throws: HandlerFailure.self) {
            try await bench.consumer.run { _ in throw HandlerFailure() }
        }
        try await bench.consumer.runBatches(maxCount: 10, maxWait: Self.wait, committing: .background) { _ in
            bench.consumer.beginShutdown()
        }
        await bench.end()
    }
}
