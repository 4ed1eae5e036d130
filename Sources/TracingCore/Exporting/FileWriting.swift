import SpanlinkRuntime

/// Writing all bytes to a file descriptor.
package enum FileWriting {
    /// The number of bytes written and the `errno` that ended it; 0 if all bytes were written.
    package struct Result {
        package var written: Int
        package var error: Int32
    }

    /// Writes all bytes with `write(2)`, again after an interruption or a partial write.
    ///
    /// A descriptor that somebody else set to non-blocking (a terminal, a pipe) is waited for.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Result {
        bytes.withUnsafeBytes { write($0, to: descriptor) }
    }

    /// Writes all bytes of `buffer`, as above.
    package static func write(_ buffer: UnsafeRawBufferPointer, to descriptor: Int32) -> Result {
        var written = 0
        while written < buffer.count {
            let count = SystemCall.write(descriptor, UnsafeRawBufferPointer(rebasing: buffer[written...]))
            if count > 0 {
                written += count
            } else if count < 0, errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&poller, 1, 1_000) == 0 { return Result(written: written, error: EAGAIN) }
            } else if count == 0 || errno != EINTR {
                return Result(written: written, error: count == 0 ? EIO : errno)
            }
        }
        return Result(written: written, error: 0)
    }
}
