import Foundation
import SpanlinkRuntime
import Testing

@Suite struct DetachedThreadTests {
    /// The ways in which threads of the package start.
    enum Starter: CaseIterable {
        case detachedThread, workerThread, blockingCall, eventPoller

        static let poller = Result { try EventPoller(threadName: "test-poller") }

        func start(_ body: @escaping @Sendable () -> Void) throws {
            switch self {
            case .detachedThread: #expect(DetachedThread.start(name: "test", body))
            case .workerThread: #expect(WorkerThread(name: "test") { _ in body() }.started)
            case .blockingCall: BlockingCall.start(body)
            case .eventPoller:
                let source = try Self.poller.get().register {}
                source.unregister(body)
            }
        }
    }

    private static let faults: Set = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE]

    /// The signals that the calling thread blocks, of those with a number below the real-time ones.
    private static func blockedSignals() -> Set<Int32> {
        var mask = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &mask)
        return Set((1..<32).filter { sigismember(&mask, $0) == 1 })
    }

    @Test(arguments: Starter.allCases) func blocksAllSignalsButFaults(starter: Starter) async throws {
        let blocked = Promise<Set<Int32>>()
        try starter.start { blocked.resolve(Self.blockedSignals()) }
        // No thread can block these two.
        #expect(await blocked.value() == Set(1..<32).subtracting(Self.faults).subtracting([SIGKILL, SIGSTOP]))
    }

    @Test func creatorKeepsItsMaskAndDoesNotPassItOn() async {
        let (before, after, inherited) = (Promise<Set<Int32>>(), Promise<Set<Int32>>(), Promise<Set<Int32>>())
        BlockingCall.start {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGSEGV)
            pthread_sigmask(SIG_SETMASK, &signals, nil)
            before.resolve(Self.blockedSignals())
            BlockingCall.start { inherited.resolve(Self.blockedSignals()) }
            after.resolve(Self.blockedSignals())
        }
        #expect(await before.value() == [SIGSEGV])
        #expect(await after.value() == [SIGSEGV])
        #expect(await inherited.value()?.isDisjoint(with: Self.faults) == true)
    }

    #if os(Linux)
    @Test func nameIsCutAtFifteenBytes() async {
        let name = Promise<String>()
        #expect(
            DetachedThread.start(name: "spanlink-0123456789") {
                name.resolve((try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? "")
            })
        #expect(await name.value() == "spanlink-012345\n")
    }
    #endif
}
