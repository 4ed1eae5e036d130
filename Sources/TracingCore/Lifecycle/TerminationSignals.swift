import SpanlinkRuntime

/// SIGTERM and SIGINT as calls on a thread of ours.
///
/// A handler writes the signal's number into a pipe, from which a thread reads: it may do nothing else safely. The pipe and
/// its thread are made with the first observer and stay, because a handler may run at any time. With the first signal, and
/// when the last observer is gone, the dispositions that were there before come back.
enum TerminationSignals {
    /// An observer; it must be cancelled.
    struct Observation: Sendable {
        fileprivate let id: UInt64?

        /// Ends the observation. The earlier dispositions are back after the last one has ended.
        func cancel() { if let id { TerminationSignals.remove(id) } }
    }

    private struct State {
        var observers: [UInt64: @Sendable (Int32) -> Void] = [:]
        var nextID: UInt64 = 0
        /// The dispositions that ours stand in for.
        var replaced: [(signal: Int32, action: sigaction)] = []
    }

    private static let state = Mutex(State())
    /// The thread that reads the pipe; `nil` if the system gives none of the two.
    private static let reader: WorkerThread? = makeReader()

    /// Calls `observer` with the number of the first signal that comes, once.
    static func observe(_ observer: @escaping @Sendable (Int32) -> Void) -> Observation {
        guard reader != nil else { return Observation(id: nil) }
        return state.withLock { state in
            let id = state.nextID
            state.nextID += 1
            state.observers[id] = observer
            if state.replaced.isEmpty { install(&state) }
            return Observation(id: id)
        }
    }

    private static func remove(_ id: UInt64) {
        state.withLock { state in
            state.observers[id] = nil
            if state.observers.isEmpty { restore(&state) }
        }
    }

    private static func deliver(_ signal: Int32) {
        let observers = state.withLock { state in
            restore(&state)
            defer { state.observers = [:] }
            return state.observers.values.map(\.self)
        }
        for observer in observers { observer(signal) }
    }
}

// MARK: - Dispositions

extension TerminationSignals {
    private static func install(_ state: inout State) {
        for signal in [SIGTERM, SIGINT] {
            var previous = sigaction()
            guard sigaction(signal, nil, &previous) == 0, address(previous.handler) != address(SIG_IGN) else {
                continue
            }
            var ours = sigaction()
            ours.handler = writeToPipe
            // The default is back with the first signal, before anything of ours runs: a second one ends the process.
            ours.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND) | Int32(truncatingIfNeeded: SA_RESTART)
            if sigaction(signal, &ours, nil) == 0 { state.replaced.append((signal, previous)) }
        }
    }

    private static func restore(_ state: inout State) {
        for (signal, previous) in state.replaced {
            var (current, previous) = (sigaction(), previous)
            guard sigaction(signal, nil, &current) == 0 else { continue }
            // Who installed a handler meanwhile keeps it.
            let isOurs = [address(writeToPipe), address(SIG_DFL)].contains(address(current.handler))
            if isOurs { sigaction(signal, &previous, nil) }
        }
        state.replaced = []
    }

    /// Handlers are compared by address; the special ones are small numbers.
    private static func address(_ handler: (@convention(c) (Int32) -> Void)?) -> Int {
        unsafeBitCast(handler, to: Int.self)
    }
}

// MARK: - The pipe

/// Where the handler writes. It is initialised before a handler is installed, so that reading it there is one load.
private let pipeInput = Atomic<Int32>(-1)

/// The signal handler: only what is safe in one.
private let writeToPipe: @convention(c) (Int32) -> Void = { signal in
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    _ = write(pipeInput.load(ordering: .relaxed), &byte, 1)
    errno = saved
}

extension TerminationSignals {
    private static func makeReader() -> WorkerThread? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // The handler must never block; a full pipe holds signals enough.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        pipeInput.store(ends[1], ordering: .relaxed)
        _ = writeToPipe
        let output = ends[0]
        let thread = WorkerThread(name: "span-signals") { _ in
            var byte: UInt8 = 0
            while true {
                let count = read(output, &byte, 1)
                if count == 1 { deliver(Int32(byte)) } else if count == 0 || errno != EINTR { return }
            }
        }
        return thread.started ? thread : nil
    }
}
