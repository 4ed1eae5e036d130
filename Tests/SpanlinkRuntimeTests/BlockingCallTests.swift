import Foundation
import SpanlinkRuntime
import Testing

@Suite struct BlockingCallTests {
    @Test func returnsTheResult() async {
        #expect(await BlockingCall.run { 6 * 7 } == 42)
    }

    /// More calls block at once than the cooperative pool has threads.
    @Test func blockedCallsHoldUpNoTask() async throws {
        let count = 64
        let arrived = Arrivals()
        let open = try WakeupFD()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    await BlockingCall.run {
                        arrived.count.add(1, ordering: .releasing)
                        var descriptor = pollfd(fd: open.readEnd, events: Int16(POLLIN), revents: 0)
                        poll(&descriptor, 1, -1)
                    }
                }
            }
            group.addTask {
                while arrived.count.load(ordering: .acquiring) < count { await Task.yield() }
                open.signal()
            }
        }
    }

    private final class Arrivals: Sendable { let count = Atomic(0) }

    #if THREAD_SANITIZER
    /// Shows that the lane finds a race: with `SPANLINK_PROVOKE_RACE=1` under the thread sanitizer, which must then report
    /// "data race" here and fail the run.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SPANLINK_PROVOKE_RACE"] == "1", "races on purpose"))
    func sanitizerReportsADeliberateRace() async {
        let racy = Racy()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    await BlockingCall.run {
                        // Both threads are there before either begins.
                        racy.ready.add(1, ordering: .relaxed)
                        while racy.ready.load(ordering: .relaxed) < 2 {}
                        for _ in 0..<100_000 { racy.value += 1 }
                    }
                }
            }
        }
        #expect(racy.value > 0)
    }
    #endif
}

#if THREAD_SANITIZER
/// A race on purpose: no lock guards `value`, so that the sanitizer has one to find.
private final class Racy: Sendable {
    nonisolated(unsafe) var value = 0
    let ready = Atomic(0)
}
#endif
