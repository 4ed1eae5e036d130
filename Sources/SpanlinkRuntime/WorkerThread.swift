/// A thread for a loop that blocks: it sleeps until a signal or a deadline.
///
/// The thread keeps itself and the captures of its body alive until the body returns, so a body that captures its owner
/// strongly keeps the owner alive until ``stop()``. ``DetachedThread`` states its signals. All methods may be called from any
/// thread.
///
/// `@unchecked`: the object owns the memory of both pointers from `init` to `deinit`, and C's locks may be used by any
/// thread. `signalled` and `stopping` are touched under the mutex, in `init` also before another thread sees the object.
/// `started` is set before `init` returns and not read by the thread.
package final class WorkerThread: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var signalled = false
    private var stopping = false
    /// False if the system had no thread left (`EAGAIN`): the thread then counts as stopped and finished.
    package private(set) var started = false
    private let outcome = Promise<Void>()

    /// Starts a thread that runs `body` once; `body` loops until ``isStopping``.
    ///
    /// - Parameters:
    ///   - name: for debuggers, which show the first 15 bytes (Linux's bound).
    ///   - stackSize: in bytes, rounded up to 64 KiB. `nil`: the system's default, 128 KiB to 8 MiB.
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
        started = DetachedThread.start(name: name, stackSize: stackSize) { [self] in
            body(self)
            outcome.resolve(())
        }
        if !started {
            stopping = true
            outcome.resolve(())
        }
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deinitialize(count: 1)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Wakes the thread: ends its current ``wait(until:)``, or the next one if it is not in one.
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

    /// Sleeps until a signal, a stop or the deadline; `nil` is no deadline. Only the thread's own body may call it.
    ///
    /// - Returns: True if there was a signal since the last wait. All signals until then count as one.
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

    /// Suspends until the body has returned.
    ///
    /// - Returns: False if the deadline passed first.
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
}
