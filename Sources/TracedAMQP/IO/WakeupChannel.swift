import CLibrabbitmq

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file descriptor that becomes readable when somebody signals: an eventfd, on macOS a pipe. Non-blocking at both ends.
final class WakeupChannel: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws(AMQPError) {
        #if canImport(Darwin)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.failure() }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
        #else
        readEnd = spanlink_amqp_eventfd()
        writeEnd = readEnd
        guard readEnd >= 0 else { throw Self.failure() }
        #endif
    }

    deinit {
        close(readEnd)
        if writeEnd != readEnd { close(writeEnd) }
    }

    func signal() {
        var one: UInt64 = 1
        // A full channel is a signalled one: nothing is lost when this fails.
        _ = write(writeEnd, &one, 8)
    }

    func clear() {
        var buffer: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        #if canImport(Darwin)
        while read(readEnd, &buffer, 32) == 32 {}
        #else
        _ = read(readEnd, &buffer, 8)
        #endif
    }

    private static func failure() -> AMQPError {
        AMQPError(
            .other, "No file descriptor for a wake-up channel: \(String(cString: strerror(errno))). Raise the limit")
    }
}
