// `Mutex` and `Atomic`, for all modules of the package.
@_exported public import Synchronization

#if THREAD_SANITIZER
/// The lock of all modules under the thread sanitizer: it shadows `Synchronization.Mutex`, which this module re-exports.
///
/// On Linux the thread sanitizer does not see the standard library's lock and would report each contended one as a race;
/// it sees those of pthreads. `scripts/test --sanitize thread` sets the condition. A file that imports `Synchronization`
/// itself does not get this lock: two declarations of the name would then be visible.
///
/// `@unchecked`: both pointers are constants; the lock owns the memory and touches the value only while it is held.
package struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    package init(_ value: consuming sending Value) {
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }

    package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard pthread_mutex_trylock(lock) == 0 else { return nil }
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }
}
#endif
