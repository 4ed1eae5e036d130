import SpanlinkRuntime
import Testing

@Suite(.timeLimit(.minutes(2))) struct EventPollerTests {
    /// One for all tests: a poller's thread never ends.
    private static let poller = Result { try EventPoller(threadName: "test-poller") }

    private func register(_ handler: @escaping @Sendable () -> Void) throws -> EventPoller.Source {
        try Self.poller.get().register(handler)
    }

    @Test func signalRunsTheHandlerOfItsSourceOnly() async throws {
        let ran = Promise<Void>()
        let others = Mutex(0)
        let other = try register { others.withLock { $0 += 1 } }
        let source = try register { ran.resolve(()) }
        source.wakeup.signal()
        await ran.value()
        await end(source, other)
        #expect(others.withLock { $0 } == 0)
    }

    @Test func deadlineRunsTheHandlerNotBeforeItsTime() async throws {
        let time = Promise<MonotonicTime>()
        let source = try register { time.resolve(.now) }
        let deadline = MonotonicTime.now.advanced(by: .milliseconds(5))
        source.setDeadline(deadline)
        #expect(await time.value() ?? MonotonicTime(nanoseconds: 0) >= deadline)
        await end(source)
    }

    @Test func earlierDeadlineReplacesALaterOne() async throws {
        let ran = Promise<Void>()
        let source = try register { ran.resolve(()) }
        source.setDeadline(.now.advanced(by: .seconds(86_400)))
        source.setDeadline(.now.advanced(by: .milliseconds(1)))
        await ran.value()
        await end(source)
    }

    @Test func handlerMaySetItsNextDeadline() async throws {
        let done = Promise<Void>()
        let count = Mutex(0)
        let own = Mutex<EventPoller.Source?>(nil)
        let source = try register {
            let isLast = count.withLock { count in
                count += 1
                return count == 5
            }
            if isLast { done.resolve(()) } else { own.withLock { $0 }?.setDeadline(.now) }
        }
        own.withLock { $0 = source }
        source.setDeadline(.now)
        await done.value()
        own.withLock { $0 = nil }
        await end(source)
    }

    @Test func handlerDoesNotRunAfterUnregister() async throws {
        for _ in 0..<100 {
            let (hasLeft, late) = (Flag(), Flag())
            let source = try register { if hasLeft.isSet { late.set() } }
            source.wakeup.signal()
            let left = Promise<Void>()
            source.unregister {
                hasLeft.set()
                left.resolve(())
            }
            source.wakeup.signal()
            await left.value()
            // A second pass of the thread has ended before this returns.
            await end(try register {})
            #expect(!late.isSet)
        }
    }

    private func end(_ sources: EventPoller.Source...) async {
        for source in sources {
            let left = Promise<Void>()
            source.unregister { left.resolve(()) }
            await left.value()
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }
}
