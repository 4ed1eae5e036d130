import SpanlinkRuntime
import Testing

@Suite struct PromiseTests {
    @Test func allWaitersGetTheFirstValue() async {
        let promise = Promise<Int>()
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<8 { group.addTask { await promise.value() } }
            group.addTask {
                promise.resolve(1)
                promise.resolve(2)
                return await promise.value(by: .now)
            }
            for await value in group { #expect(value == 1) }
        }
    }

    @Test func valueIsNilAtTheDeadline() async {
        #expect(await Promise<Int>().value(by: .now) == nil)
    }

    @Test func currentIsNilUntilResolved() {
        let promise = Promise<Int>()
        #expect(promise.current == nil)
        promise.resolve(1)
        #expect(promise.current == 1)
    }

    /// Callers rely on it: a task that waits for a thread's end must not go on before that end.
    @Test func cancellationDoesNotEndAWait() async {
        let promise = Promise<Int>()
        let waiter = Task { await promise.value() }
        waiter.cancel()
        promise.resolve(1)
        #expect(await waiter.value == 1)
    }

    @Test func waiterPastItsDeadlineLeavesTheOthers() async {
        let promise = Promise<Int>()
        async let late = promise.value(by: .now.advanced(by: .seconds(600)))
        #expect(await promise.value(by: .now.advanced(by: .milliseconds(1))) == nil)
        promise.resolve(1)
        #expect(await late == 1)
    }
}
