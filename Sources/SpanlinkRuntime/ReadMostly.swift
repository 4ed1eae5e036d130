/// A value that many threads read and few replace. Reading takes no lock and waits for nobody.
///
/// The value lies in an object behind an atomic pointer. A reader announces itself in a counter for the time in which it copies
/// the value. A writer exchanges the pointer and frees the old object once each counter has been 0.
///
/// `@unchecked`: the object is immutable; the pointer owns one reference of it, which only the writer that exchanged the
/// pointer releases.
package final class ReadMostly<Value: Sendable>: @unchecked Sendable {
    private final class Box {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private let current: Atomic<UnsafeRawPointer>
    /// Readers by thread: one counter for all would go from core to core.
    private let readers = UnsafeMutablePointer<PaddedCounter>.allocate(capacity: counterCount)
    private let writing = Mutex(())

    private static var counterCount: Int { 8 }

    package init(_ value: Value) {
        current = Atomic(UnsafeRawPointer(Unmanaged.passRetained(Box(value)).toOpaque()))
        for index in 0..<Self.counterCount { (readers + index).initialize(to: PaddedCounter()) }
    }

    deinit {
        Self.box(current.load(ordering: .acquiring)).release()
        readers.deinitialize(count: Self.counterCount)
        readers.deallocate()
    }

    /// The present value.
    package var value: Value {
        let counter = readers + Self.counterOfThisThread
        counter.pointee.count.add(1, ordering: .sequentiallyConsistent)
        defer { counter.pointee.count.subtract(1, ordering: .sequentiallyConsistent) }
        return Self.box(current.load(ordering: .sequentiallyConsistent))._withUnsafeGuaranteedRef { $0.value }
    }

    /// Replaces the value by what `change` makes of it. Writers wait for each other, and shortly for readers.
    ///
    /// - Returns: The value before.
    @discardableResult
    package func update(_ change: (Value) -> Value) -> Value {
        writing.withLock { _ in
            let old = Self.box(current.load(ordering: .sequentiallyConsistent))
            let value = old._withUnsafeGuaranteedRef { $0.value }
            let new = UnsafeRawPointer(Unmanaged.passRetained(Box(change(value))).toOpaque())
            current.store(new, ordering: .sequentiallyConsistent)
            for index in 0..<Self.counterCount {
                while readers[index].count.load(ordering: .sequentiallyConsistent) != 0 { sched_yield() }
            }
            old.release()
            return value
        }
    }

    private static func box(_ pointer: UnsafeRawPointer) -> Unmanaged<Box> { .fromOpaque(pointer) }

    /// The identity of a thread is an address near its stack: neighbours differ in higher bits.
    private static var counterOfThisThread: Int {
        let word = ThreadIdentity.current.word
        return Int((word >> 12 ^ word >> 23) % UInt(counterCount))
    }
}

/// A counter on a cache line of its own.
struct PaddedCounter: ~Copyable {
    let count = Atomic<Int>(0)
    private let padding = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
}
