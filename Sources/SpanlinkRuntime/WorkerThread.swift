import CSystemCalls

/// A thread of its own for work that blocks: a loop that sleeps until it is signalled or a time has come.
///
/// The thread keeps itself and what its body captures alive until the body returns; so a body that captures its owner
/// strongly keeps it alive until ``stop()``. SIGPIPE is blocked on the thread: a write to a closed pipe fails with
/// `EPIPE` there and does not end the process. All methods may be called from any thread.
///
/// `@unchecked`: the two pointers are constants that live as long as the object, what they point to is made for
/// concurrent use, `signalled` and `stopping` are only touched under the mutex, and `started` is set before `init` returns
/// and not read by the thread.
package final class WorkerThread: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var signalled = false
    private var stopping = false
    /// Whether the system gave a thread. If not (`EAGAIN`: a limit on threads), it counts as stopped and finished.
    package private(set) var started = false
    private let outcome = Promise<Void>()

    /// Starts a thread that runs `body` once; `body` loops until ``isStopping``.
    ///
    /// Of `name` the first 15 bytes show in debuggers (Linux's bound).
    ///
    /// - Parameter stackSize: in bytes, the system's usual when `nil`: from 128 KiB to 8 MiB.
    package init(name: String, stackSize: Int? = nil, _ body: @escaping @Sendable (WorkerThread) -> Void) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        #if canImport(Darwin)
        pthread_cond_init(condition, nil)
        #else
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
        Start(thread: self, name: name, body: body).run(stackSize: stackSize)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deinitialize(count: 1)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Wakes the thread: its present ``wait(until:)``, or the next when it does not wait now.
    package func signal() {
        pthread_mutex_lock(mutex)
        signalled = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Asks the body to return: from now on ``isStopping`` is true and no wait sleeps.
    package func stop() {
        pthread_mutex_lock(mutex)
        stopping = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Whether ``stop()`` was called.
    package var isStopping: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return stopping
    }

    /// Sleeps until a signal, a stop or the deadline; `nil` waits for ever. For the thread's own body alone.
    ///
    /// True when there was a signal since the last wait; that signal is then used up, however often it was given.
    package func wait(until deadline: ContinuousClock.Instant?) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !signalled && !stopping {
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            let remaining = ContinuousClock.now.duration(to: deadline)
            if remaining <= .zero { break }
            sleep(atMost: remaining)
        }
        defer { signalled = false }
        return signalled
    }

    /// Returns once the body has returned: true, or false when the deadline passes before. Blocks no thread.
    @discardableResult
    package func finished(by deadline: ContinuousClock.Instant? = nil) async -> Bool {
        await outcome.value(by: deadline) != nil
    }

    /// `ContinuousClock` counts on while the machine sleeps and the condition's clock may not: the caller looks again.
    private func sleep(atMost duration: Duration) {
        let (seconds, attoseconds) = min(duration, .seconds(86_400)).components
        var time = timespec(tv_sec: time_t(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        #if canImport(Darwin)
        pthread_cond_timedwait_relative_np(condition, mutex, &time)
        #else
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        time.tv_sec += now.tv_sec
        time.tv_nsec += now.tv_nsec
        if time.tv_nsec >= 1_000_000_000 {
            time.tv_sec += 1
            time.tv_nsec -= 1_000_000_000
        }
        pthread_cond_timedwait(condition, mutex, &time)
        #endif
    }

    /// What the new thread takes over: it holds the one strong reference that `run` made for it.
    private final class Start: Sendable {
        let thread: WorkerThread
        let name: String
        let body: @Sendable (WorkerThread) -> Void

        init(thread: WorkerThread, name: String, body: @escaping @Sendable (WorkerThread) -> Void) {
            self.thread = thread
            self.name = name
            self.body = body
        }

        func run(stackSize: Int?) {
            #if canImport(Darwin)
            var handle: pthread_t?
            #else
            var handle = pthread_t()
            #endif
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            if let stackSize {
                // Whole pages; what is never touched takes no memory.
                pthread_attr_setstacksize(&attributes, (stackSize + 65_535) & ~65_535)
            }
            let context = Unmanaged.passRetained(self)
            let result = pthread_create(&handle, &attributes, WorkerThread.main, context.toOpaque())
            guard result == 0 else {
                context.release()
                thread.stop()
                thread.outcome.resolve(())
                return
            }
            thread.started = true
            #if canImport(Darwin)
            if let handle { pthread_detach(handle) }
            #else
            pthread_detach(handle)
            #endif
        }

        func main() {
            nameCurrentThread(name)
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            body(thread)
            thread.outcome.resolve(())
        }
    }

    #if canImport(Darwin)
    private static let main: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { context in
        Unmanaged<Start>.fromOpaque(context).takeRetainedValue().main()
        return nil
    }
    #else
    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        if let context { Unmanaged<Start>.fromOpaque(context).takeRetainedValue().main() }
        return nil
    }
    #endif
}

/// Names the calling thread for debuggers: the first 15 bytes, Linux's bound.
package func nameCurrentThread(_ name: String) {
    let short = String(decoding: name.utf8.prefix(15), as: UTF8.self)
    #if canImport(Darwin)
    pthread_setname_np(short)
    #else
    spanlink_name_thread(short)
    #endif
}
