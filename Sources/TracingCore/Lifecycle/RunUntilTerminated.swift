import SpanlinkRuntime

/// Runs several parts of a program until it is told to end, and then stops them one after another, the last named first.
///
/// So telemetry, named first, is stopped last and sees everything. The end comes with SIGTERM or SIGINT, with the
/// cancellation of the calling task, or when one of the parts returns or throws. A signal whose disposition is "ignore"
/// stays ignored. With the first signal the earlier dispositions are back: a second one ends the process at once, unless the
/// program had a handler of its own.
///
/// All parts together have `shutdownTimeout` to stop; as long as others come after it, a part has at most three quarters of
/// what is left. One that does not stop in time is cancelled, named in the log, and left to itself.
///
/// - Throws: the error of the first part that threw.
public func runUntilTerminated(
    _ parts: any LifecycleComponent..., shutdownTimeout: Duration = .seconds(30),
    logSink: any LogSink = StandardErrorLogSink()
) async throws {
    try await runUntilTerminated(parts, shutdownTimeout: shutdownTimeout, logSink: logSink)
}

/// Runs the parts until the program is told to end, and then stops them, the last one first: as the form with the parts
/// named one by one.
public func runUntilTerminated(
    _ parts: [any LifecycleComponent], shutdownTimeout: Duration = .seconds(30),
    logSink: any LogSink = StandardErrorLogSink()
) async throws {
    let end = Promise<EndReason>()
    let signals = TerminationSignals.observe { end.resolve(.signal($0)) }
    defer { signals.cancel() }
    let running = parts.enumerated().map { index, part in RunningPart(part) { end.resolve(.partEnded(index)) } }
    let reason = await withTaskCancellationHandler {
        await end.value()
    } onCancel: {
        end.resolve(.cancelled)
    }
    if let reason { logSink.info("stopping", metadata: [("reason", "\(reason)")]) }

    // In a task of its own: the caller's may be cancelled, and stopping must still be able to wait.
    await Task { await stop(running, timeout: shutdownTimeout, logSink: logSink) }.value

    // What ended first counts first; the others may have failed because of it.
    var results = running.compactMap(\.result)
    if case .partEnded(let index) = reason, let first = running[index].result { results.insert(first, at: 0) }
    for case .failure(let error) in results where !(error is CancellationError) { throw error }
}

/// Why all parts are to stop.
private enum EndReason: Sendable, CustomStringConvertible {
    case signal(Int32)
    case partEnded(Int)
    case cancelled

    var description: String {
        switch self {
        case .signal(let number): "signal \(number)"
        case .partEnded(let index): "part \(index + 1) ended"
        case .cancelled: "cancelled"
        }
    }
}

private func stop(_ running: [RunningPart], timeout: Duration, logSink: any LogSink) async {
    let deadline = ContinuousClock.now + max(.zero, timeout)
    for (remaining, part) in zip(running.indices, running).reversed() {
        let left = deadline.timeLeft
        let share = remaining == 0 ? left : left * 3 / 4
        if await !part.stop(within: share) {
            logSink.warning("a part did not stop in time and is left to itself", metadata: [("part", part.name)])
        }
    }
}

/// A part at work, in a task that outlives the call if it must.
private struct RunningPart: Sendable {
    private let part: any LifecycleComponent
    private let task: Task<Void, Never>
    private let outcome = Promise<Result<Void, any Error>>()

    var name: String { "\(type(of: part))" }
    /// How it ended; `nil` while it runs.
    var result: Result<Void, any Error>? { outcome.current }

    init(_ part: any LifecycleComponent, onEnd: @escaping @Sendable () -> Void) {
        self.part = part
        task = Task { [outcome] in
            do {
                try await part.run()
                outcome.resolve(.success(()))
            } catch {
                outcome.resolve(.failure(error))
            }
            onEnd()
        }
    }

    /// Whether it stopped within `time`. A part gets a little less than we wait, so that it can say what it gave up.
    func stop(within time: Duration) async -> Bool {
        let deadline = ContinuousClock.now + time
        let stopped = Promise<Void>()
        Task { [part] in
            await part.shutdown(timeout: time * 9 / 10)
            stopped.resolve(())
        }
        let inTime = await stopped.value(by: deadline) != nil
        let ended = await outcome.value(by: deadline) != nil
        if !ended { task.cancel() }
        return inTime && ended
    }
}
