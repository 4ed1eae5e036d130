import SpanlinkRuntime
import Testing

@Suite struct WorkerThreadTests {
    @Test func signalEndsOneWait() async {
        let seen = Mutex<[Bool]>([])
        let woken = Promise<Void>()
        let thread = WorkerThread(name: "test") { thread in
            let first = thread.wait(until: nil)
            seen.withLock { $0.append(first) }
            // Without a signal since: the wait ends at its deadline, which has passed.
            let second = thread.wait(until: .now)
            seen.withLock { $0.append(second) }
            woken.resolve(())
            while !thread.isStopping { _ = thread.wait(until: nil) }
        }
        #expect(thread.started)
        thread.signal()
        _ = await woken.value()
        #expect(seen.withLock { $0 } == [true, false])
        thread.stop()
        #expect(await thread.finished())
    }

    @Test func deadlineEndsAWait() async {
        let late = Promise<Bool>()
        let thread = WorkerThread(name: "test") { thread in
            let deadline = ContinuousClock.now.advanced(by: .milliseconds(5))
            let signalled = thread.wait(until: deadline)
            late.resolve(!signalled && ContinuousClock.now >= deadline)
        }
        #expect(await late.value() == true)
        await thread.finished()
    }

    @Test func finishedReturnsFalseAtTheDeadline() async {
        let thread = WorkerThread(name: "test") { thread in
            while !thread.isStopping { _ = thread.wait(until: nil) }
        }
        #expect(await thread.finished(by: .now.advanced(by: .milliseconds(1))) == false)
        thread.stop()
        async let one = thread.finished()
        async let other = thread.finished(by: .now.advanced(by: .seconds(600)))
        #expect(await one)
        #expect(await other)
    }

    @Test func endedThreadReleasesItsBody() async {
        final class Held: Sendable {}
        weak var weakHeld: Held?
        weak var weakThread: WorkerThread?
        do {
            let held = Held()
            weakHeld = held
            let thread = WorkerThread(name: "test") { _ in withExtendedLifetime(held) {} }
            weakThread = thread
            await thread.finished()
        }
        // The thread drops its references right after it has told its end.
        while weakHeld != nil || weakThread != nil { await Task.yield() }
    }

    @Test func writeToAClosedPipeFailsWithEPIPE() async {
        let error = Promise<Int32>()
        let thread = WorkerThread(name: "test") { _ in
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            close(ends[0])
            let result = write(ends[1], "x", 1)
            error.resolve(result < 0 ? errno : 0)
            close(ends[1])
        }
        #expect(await error.value() == EPIPE)
        await thread.finished()
    }
}
