import CSystemCalls

/// A file descriptor that becomes readable at a signal, for threads that wait in `poll`: an eventfd, on macOS a pipe. All
/// methods may be called from any thread.
///
/// Both ends are non-blocking, so that a C library may write to it while it holds a lock. The object closes the descriptors:
/// a library that was given `writeEnd` must have stopped its use before the last reference goes.
package final class WakeupFD: Sendable {
    package let readEnd: Int32
    package let writeEnd: Int32

    package init() throws(ResourceLimitError) {
        #if canImport(Darwin)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .noDescriptor(errno) }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
        #else
        readEnd = spanlink_eventfd()
        writeEnd = readEnd
        guard readEnd >= 0 else { throw .noDescriptor(errno) }
        #endif
    }

    deinit {
        close(readEnd)
        if writeEnd != readEnd { close(writeEnd) }
    }

    /// Makes the descriptor readable.
    package func signal() {
        var one: UInt64 = 1
        // A full descriptor is readable: a write that fails loses nothing.
        _ = write(writeEnd, &one, 8)
    }

    /// Takes back all signals so far.
    package func clear() {
        #if canImport(Darwin)
        withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
            while read(readEnd, buffer.baseAddress, buffer.count) == buffer.count {}
        }
        #else
        var count: UInt64 = 0
        _ = read(readEnd, &count, 8)
        #endif
    }
}

extension ResourceLimitError {
    fileprivate static func noDescriptor(_ code: Int32) -> ResourceLimitError {
        let reason = String(cString: strerror(code))
        return ResourceLimitError(message: "Cannot open a wake-up descriptor: \(reason). Raise the limit on open files")
    }
}
