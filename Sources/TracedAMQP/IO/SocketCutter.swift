import SpanlinkRuntime

/// Ends what the thread waits for in rabbitmq-c, which reads no deadline of ours. It has a descriptor of its own: rabbitmq-c
/// closes the other after some errors, and its number may be another file's then.
final class SocketCutter: Sendable {
    private let descriptor: Int32

    /// - Parameter socket: open, and not this one's to close.
    init(of socket: Int32) { descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0) }

    deinit { close(descriptor) }

    /// Nothing more is read or written, on either descriptor.
    func cut() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
