import CSystemCalls

/// A file descriptor that becomes readable when somebody signals, for threads that wait in `poll`: an eventfd, on macOS a
/// pipe. All methods may be called from any thread.
///
/// Both ends are non-blocking: librdkafka writes to it with a queue's lock held. The descriptors are closed with the
/// object, so whoever gave `writeEnd` away takes it back before letting go.
package final class WakeupFD: Sendable {
    package let readEnd: Int32
    package let writeEnd: Int32

    package init() throws(WakeupFDError) {
        #if canImport(Darwin)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw WakeupFDError(errno) }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
        #else
        readEnd = spanlink_eventfd()
        writeEnd = readEnd
        guard readEnd >= 0 else { throw WakeupFDError(errno) }
        #endif
    }

    deinit {
        close(readEnd)
        if writeEnd != readEnd { close(writeEnd) }
    }

    package func signal() {
        var one: UInt64 = 1
        // A full channel is a signalled one: nothing is lost when this fails.
        _ = write(writeEnd, &one, 8)
    }

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

/// The process has no file descriptor left.
package struct WakeupFDError: Error {
    /// What is wrong and what to do.
    package let message: String

    init(_ code: Int32) {
        message = "No file descriptor for a wake-up channel: \(String(cString: strerror(code))). Raise the limit"
    }
}
