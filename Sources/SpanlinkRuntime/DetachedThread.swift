import CSystemCalls

/// Starts all threads of the package, so that one rule about signals holds for them.
///
/// A thread blocks every signal except those of a fault in its own code: SIGSEGV, SIGBUS, SIGILL, SIGTRAP and SIGFPE. Signals
/// to the process therefore arrive on the application's threads, crash handlers and sanitizers see each fault, and a write
/// to a closed pipe fails with `EPIPE`. The mask is in place before the thread's first instruction.
package enum DetachedThread {
    /// Starts a thread that runs `body` once. May be called from any thread.
    ///
    /// - Parameters:
    ///   - name: for debuggers, which show the first 15 bytes (Linux's bound).
    ///   - stackSize: in bytes, rounded up to 64 KiB. `nil`: the system's default, 128 KiB to 8 MiB.
    /// - Returns: False if the system has no thread left (`EAGAIN`); `body` is then released and does not run.
    package static func start(name: String, stackSize: Int? = nil, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // Whole pages; a page that is never touched takes no memory.
        if let stackSize { pthread_attr_setstacksize(&attributes, (stackSize + 65_535) & ~65_535) }

        // A new thread inherits the mask of its creator.
        var (blocked, previous) = (blockedSignals, sigset_t())
        pthread_sigmask(SIG_SETMASK, &blocked, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        // The new thread takes over the reference.
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        let failure = pthread_create(
            &thread, &attributes,
            { context in
                runThread(context)
                return nil
            }, start.toOpaque())
        if failure != 0 { start.release() }
        return failure == 0
    }

    private static var blockedSignals: sigset_t {
        var signals = sigset_t()
        sigfillset(&signals)
        for fault in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE] { sigdelset(&signals, fault) }
        return signals
    }
}

/// The arguments of a new thread.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    let name = String(decoding: start.name.utf8.prefix(15), as: UTF8.self)
    #if canImport(Darwin)
    pthread_setname_np(name)
    #else
    spanlink_name_thread(name)
    #endif
    start.body()
}
