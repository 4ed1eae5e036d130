/// Memory for one export request after another: it grows to the largest of them, within a limit.
///
/// Not for several threads at a time.
package struct RequestBuffer: ~Copyable {
    /// Owned from `init` to `deinit`.
    private var memory: UnsafeMutableRawBufferPointer
    /// The number of bytes written.
    package private(set) var count = 0

    /// A buffer with room for `capacity` bytes.
    package init(capacity: Int = 4096) { memory = .allocate(byteCount: max(16, capacity), alignment: 16) }

    deinit { memory.deallocate() }

    /// Replaces the content by what `write` puts into the memory it is given. `write` returns the number of bytes, and runs
    /// again with more memory if they do not fit.
    package mutating func write(_ write: (UnsafeMutableRawBufferPointer) -> Int) {
        count = write(memory)
        while count > memory.count {
            let size = max(count, memory.count * 2)
            memory.deallocate()
            memory = .allocate(byteCount: size, alignment: 16)
            count = write(memory)
        }
    }

    /// Runs `body` with the content, valid until it returns.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    /// Removes the content. The memory is kept for the next one, unless it is larger than `limit` bytes.
    package mutating func removeAll(keepingCapacityUpTo limit: Int = 4 << 20) {
        if memory.count > limit {
            memory.deallocate()
            memory = .allocate(byteCount: 4096, alignment: 16)
        }
        count = 0
    }
}
