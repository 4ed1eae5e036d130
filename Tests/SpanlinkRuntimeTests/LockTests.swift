import SpanlinkRuntime
import Testing

@Suite struct LockTests {
    /// Under the thread sanitizer this also proves that it sees the lock: a race would fail the run.
    @Test func excludesOtherThreads() async {
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await BlockingCall.run {
                        for _ in 0..<10_000 { counter.value.withLock { $0 += 1 } }
                    }
                }
            }
        }
        #expect(counter.value.withLock { $0 } == 40_000)
    }

    @Test func isTheSanitizersUnderTheSanitizer() {
        #if THREAD_SANITIZER
        let module = "SpanlinkRuntime"
        #else
        let module = "Synchronization"
        #endif
        #expect(String(reflecting: Mutex<Int>.self).hasPrefix(module + "."))
    }

    private final class Counter: Sendable { let value = Mutex(0) }
}
