internal import TracingCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// How long what was written to a socket may wait for the other side to take it, before the write fails: `nil` for ever.
///
/// rabbitmq-c writes a body as a whole, and reads nothing meanwhile: this alone ends a write to a broker that stands still.
func limitSends(of socket: Int32, to limit: Duration?) {
    #if canImport(Darwin)
    // In seconds: for a closed window, and for bytes that nobody acknowledges.
    var seconds = limit.map { Int32(clamping: $0.components.seconds) } ?? 0
    for option in [PERSIST_TIMEOUT, TCP_RXT_CONNDROPTIME] {
        setsockopt(socket, Int32(IPPROTO_TCP), option, &seconds, socklen_t(MemoryLayout<Int32>.size))
    }
    #else
    var milliseconds = UInt32(limit?.wholeMilliseconds ?? 0)
    setsockopt(
        socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(MemoryLayout<UInt32>.size))
    #endif
}
