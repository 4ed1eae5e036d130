import SpanlinkRuntime
package import TracingCore

/// A file of JSON lines that several exporters share: each line is written whole.
///
/// For any thread. A write holds a lock until the system has taken the line, so call it from threads of the library alone.
/// ``close()`` waits for no write. Nothing is synced to the disk.
package final class JSONLinesFile: Sendable {
    /// The treatment of a file that exists already.
    package enum Mode: Sendable {
        case append, truncate
    }

    private struct State {
        /// -1 when the file is not open.
        var descriptor: Int32
        /// A line broke off in the middle: the next one must not continue it.
        var isTorn = false
        var failures = 0
    }

    package let path: String
    private let log: any LogSink
    private let state: Mutex<State>
    private let isClosed = Atomic(false)

    /// Opens the file, or creates it with permissions 0600: lines hold message keys and other data of users. An existing
    /// file keeps its permissions. `/dev/stdout` and `/dev/stderr` stand for the program's own descriptors, which are
    /// never truncated.
    ///
    /// A failure is logged once, and every write fails then.
    /// - Parameter standardOutput: the descriptor that `/dev/stdout` stands for.
    package init(
        path: String, mode: Mode = .append, log: any LogSink = StandardErrorLogSink(), standardOutput: Int32 = 1
    ) {
        self.path = path
        self.log = log
        let descriptor = Self.open(path, mode, standardOutput)
        let error = errno
        state = Mutex(State(descriptor: descriptor))
        if descriptor < 0 { report("Cannot open a telemetry file. Choose a writable directory", error) }
    }

    /// -1 with `errno` when it fails.
    private static func open(_ path: String, _ mode: Mode, _ standardOutput: Int32) -> Int32 {
        // Opened by its path a file would have a position of its own, so that our lines and the program's overwrite each
        // other; a socket cannot be opened at all.
        switch path {
        case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1": return fcntl(standardOutput, F_DUPFD_CLOEXEC, 0)
        case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2": return fcntl(2, F_DUPFD_CLOEXEC, 0)
        default: break
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (mode == .truncate ? O_TRUNC : 0)
        while true {
            let descriptor = SystemCall.open(path, flags, 0o600)
            if descriptor >= 0 || errno != EINTR { return descriptor }
        }
    }

    deinit { close() }

    /// Whether there is a file to write to.
    package var isOpen: Bool { state.withLock { $0.descriptor >= 0 } }

    /// How many lines were lost.
    package var failures: Int { state.withLock { $0.failures } }

    /// Writes one line; `line` ends with a line feed. Only the first loss is logged.
    ///
    /// - Returns: Whether the line was written.
    package func write(_ line: [UInt8]) -> Bool { line.withUnsafeBytes { write($0) } }

    /// Writes one line, as above.
    package func write(_ line: UnsafeRawBufferPointer) -> Bool {
        let firstError = state.withLock { state -> Int32? in
            defer { closeIfAsked(&state) }
            guard state.descriptor >= 0, !isClosed.load(ordering: .acquiring) else {
                state.failures += 1
                return 0
            }
            let result =
                state.isTorn
                ? FileWriting.write([UInt8(ascii: "\n")] + line, to: state.descriptor)
                : FileWriting.write(line, to: state.descriptor)
            if result.error == 0 {
                state.isTorn = false
                return nil
            }
            state.isTorn = state.isTorn || result.written > 0
            state.failures += 1
            return state.failures == 1 ? result.error : 0
        }
        guard let firstError else { return true }
        if firstError != 0 {
            report("Cannot write to a telemetry file: lines are lost. Check the space on its disk", firstError)
        }
        return false
    }

    /// Closes the file; later writes fail. A second call does nothing.
    ///
    /// Does not wait for a write that is blocked, for example by a pipe without a reader: that write closes the file at its
    /// end.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        state.withLockIfAvailable { closeIfAsked(&$0) }
    }

    private func closeIfAsked(_ state: inout sending State) {
        guard isClosed.load(ordering: .acquiring), state.descriptor >= 0 else { return }
        SystemCall.close(state.descriptor)
        state.descriptor = -1
    }

    private func report(_ message: String, _ error: Int32) {
        log.error(message, metadata: [("path", path), ("error", String(cString: strerror(error)))])
    }
}
