import CLibrdkafka

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file descriptor that becomes readable when somebody signals: an eventfd, on macOS a pipe.
///
/// Both ends are non-blocking: librdkafka writes to it with a queue's lock held. The descriptors are closed with the
/// object, so whoever gave `writeEnd` away takes it back before letting go.
final class WakeupChannel: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws {
        #if canImport(Darwin)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.failure() }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
        #else
        readEnd = spanlink_eventfd()
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
        #if canImport(Darwin)
        withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
            while read(readEnd, buffer.baseAddress, buffer.count) == buffer.count {}
        }
        #else
        var count: UInt64 = 0
        _ = read(readEnd, &count, 8)
        #endif
    }

    private static func failure() -> KafkaError {
        KafkaError(
            .other, "No file descriptor for a wake-up channel: \(String(cString: strerror(errno))). Raise the limit.")
    }
}
