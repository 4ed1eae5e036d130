import SpanlinkRuntime

/// The place of one thread in an ``EncodedSpanBuffer``: the slab that this thread fills.
///
/// Only its thread writes. The lock is there for the export thread, which takes a slab that is not full yet.
final class SlabWriter: Sendable {
    /// `@unchecked`: guarded by the writer's lock.
    struct State: @unchecked Sendable {
        /// The slab that is being filled. Owned: the writer holds one reference, and uses it without counting.
        private var owned: Unmanaged<SpanSlab>?
        /// The buffer takes no more spans.
        var isClosed = false
        /// The thread has ended.
        var isOrphan = false

        /// Runs `body` with the slab; `nil` without one.
        @inline(__always)
        func withSlab<Result>(_ body: (SpanSlab) -> Result) -> Result? { owned?._withUnsafeGuaranteedRef(body) }

        /// Takes the slab from the writer.
        mutating func take() -> SpanSlab? { owned.take()?.takeRetainedValue() }

        /// Gives the writer a slab. It has none.
        mutating func put(_ slab: SpanSlab) { owned = .passRetained(slab) }
    }

    deinit { _ = state.withLock { $0.take() } }

    let state = Mutex(State())
}

/// The writers of the calling thread, one for each buffer that it has written to.
///
/// The thread's slot holds a strong reference to the table, which the key's destructor releases when the thread ends. Slabs
/// of an ended thread stay with their buffers until they are collected.
enum ThreadWriters {
    private final class Table {
        /// The table owns one reference of each writer, so that finding one counts none.
        var entries: [(buffer: UInt64, writer: Unmanaged<SlabWriter>)] = []

        deinit {
            for entry in entries {
                let writer = entry.writer.takeRetainedValue()
                writer.state.withLock { $0.isOrphan = true }
            }
        }
    }

    /// `nil` if the process has no key left.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, { ThreadWriters.release($0) }) == 0 ? key : nil
    }()

    /// Runs `body` with this thread's writer for the buffer with the given number. Without one `make` is asked first;
    /// `nil` if there is no memory for a table.
    @inline(__always)
    static func withWriter<Result>(
        of buffer: UInt64, make: () -> SlabWriter, _ body: (SlabWriter) -> Result
    ) -> Result? {
        guard let key else { return nil }
        if let slot = pthread_getspecific(key) {
            return Unmanaged<Table>.fromOpaque(slot)._withUnsafeGuaranteedRef { table in
                for index in table.entries.indices where table.entries[index].buffer == buffer {
                    return table.entries[index].writer._withUnsafeGuaranteedRef(body)
                }
                return body(add(make(), of: buffer, to: table))
            }
        }
        let table = Table()
        let retained = Unmanaged.passRetained(table)
        guard pthread_setspecific(key, retained.toOpaque()) == 0 else {
            retained.release()
            return nil
        }
        return body(add(make(), of: buffer, to: table))
    }

    @inline(never)
    private static func add(_ writer: SlabWriter, of buffer: UInt64, to table: Table) -> SlabWriter {
        table.entries.removeAll { entry in
            let isClosed = entry.writer._withUnsafeGuaranteedRef { $0.state.withLock { $0.isClosed } }
            if isClosed { entry.writer.release() }
            return isClosed
        }
        table.entries.append((buffer, .passRetained(writer)))
        return writer
    }

    /// The pointer is optional on some platforms.
    private static func release(_ slot: UnsafeMutableRawPointer?) {
        if let slot { Unmanaged<Table>.fromOpaque(slot).release() }
    }
}
