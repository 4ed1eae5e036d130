import SpanlinkRuntime
import Testing

@Suite struct WakeupFDTests {
    private func isReadable(_ wakeup: WakeupFD) -> Bool {
        var descriptor = pollfd(fd: wakeup.readEnd, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 1
    }

    @Test func isReadableFromSignalToClear() throws {
        let wakeup = try WakeupFD()
        #expect(!isReadable(wakeup))
        for _ in 0..<100_000 { wakeup.signal() }
        #expect(isReadable(wakeup))
        wakeup.clear()
        #expect(!isReadable(wakeup))
        wakeup.clear()
        wakeup.signal()
        #expect(isReadable(wakeup))
    }
}
