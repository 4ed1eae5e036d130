import SpanlinkRuntime

/// A file of JSON lines that several exporters share: each line goes out whole.
///
/// It may be used from any thread; a write holds a lock until the system has taken the line, so it is for threads of
/// ours only. ``close()`` waits for none. Nothing is synced to the disk.
package final class JSONLinesFile: Sendable {
    /// What becomes of a file that is there already.
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

    /// Opens the file, or creates it (permissions 0644 less the umask). `/dev/stdout` and `/dev/stderr` are what the program
    /// has as these, whatever that is; it stays as it is in either mode.
    ///
    /// Without success there is one entry in the log, and every write fails.
    /// - Parameter standardOutput: what `/dev/stdout` stands for.
    package init(
        path: String, mode: Mode = .append, log: any LogSink = StandardErrorLogSink(), standardOutput: Int32 = 1
    ) {
        self.path = path
        self.log = log
        let descriptor = Self.open(path, mode, standardOutput)
        let error = errno
        state = Mutex(State(descriptor: descriptor))
        if descriptor < 0 { report("a telemetry file cannot be opened", error) }
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
            let descriptor = SystemCall.open(path, flags, 0o644)
            if descriptor >= 0 || errno != EINTR { return descriptor }
        }
    }

    deinit { close() }

    /// Whether there is a file to write to.
    package var isOpen: Bool { state.withLock { $0.descriptor >= 0 } }

    /// How many lines were lost.
    package var failures: Int { state.withLock { $0.failures } }

    /// Writes one line; `line` ends with a line feed. False when it is lost; only the first loss is logged.
    package func write(_ line: [UInt8]) -> Bool {
        let firstError = state.withLock { state -> Int32? in
            defer { closeIfAsked(&state) }
            guard state.descriptor >= 0, !isClosed.load(ordering: .acquiring) else {
                state.failures += 1
                return 0
            }
            let bytes = state.isTorn ? [UInt8(ascii: "\n")] + line : line
            let result = FileWriting.write(bytes, to: state.descriptor)
            if result.error == 0 {
                state.isTorn = false
                return nil
            }
            state.isTorn = state.isTorn || result.written > 0
            state.failures += 1
            return state.failures == 1 ? result.error : 0
        }
        guard let firstError else { return true }
        if firstError != 0 { report("a telemetry file cannot be written: lines are lost", firstError) }
        return false
    }

    /// Closes the file; later writes fail. A second call does nothing.
    ///
    /// A write that stands still, because nobody reads what is written, is not waited for: who writes closes the file.
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
