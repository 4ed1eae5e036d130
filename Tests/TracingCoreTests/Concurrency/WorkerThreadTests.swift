import SpanlinkRuntime
import Testing
import TracingCore

@Suite struct BackgroundThreadTests {
    @Test func aSignalWakesItAndIsUsedUp() async {
        let seen = Mutex<[Bool]>([])
        let woken = Promise<Void>()
        let thread = WorkerThread(name: "test") { thread in
            let first = thread.wait(until: nil)
            seen.withLock { $0.append(first) }
            // Used up: this one runs to its deadline, which has come.
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

    @Test func aDeadlineEndsAWait() async {
        let late = Promise<Bool>()
        let thread = WorkerThread(name: "test") { thread in
            let deadline = ContinuousClock.now.advanced(by: .milliseconds(5))
            let signalled = thread.wait(until: deadline)
            late.resolve(!signalled && ContinuousClock.now >= deadline)
        }
        #expect(await late.value() == true)
        await thread.finished()
    }

    @Test func whoWaitsForItsEndGivesUpAtTheDeadline() async {
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

    @Test func itLetsGoOfWhatItsBodyHeld() async {
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

    @Test func aClosedPipeIsAnErrorOnItAndNotTheEndOfTheProcess() async {
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

@Suite struct AsyncOutcomeTests {
    @Test func allWaitersGetTheFirstValue() async {
        let outcome = Promise<Int>()
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<8 { group.addTask { await outcome.value() } }
            group.addTask {
                outcome.resolve(1)
                outcome.resolve(2)
                return await outcome.value(by: .now)
            }
            for await value in group { #expect(value == 1) }
        }
    }

    @Test func noValueByTheDeadline() async {
        #expect(await Promise<Int>().value(by: .now) == nil)
    }
}
