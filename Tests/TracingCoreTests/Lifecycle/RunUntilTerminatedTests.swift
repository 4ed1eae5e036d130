import Foundation
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

/// What happened, in order.
private final class Journal: Sendable {
    private let state = Mutex<[String]>([])
    var entries: [String] { state.withLock { $0 } }
    func note(_ entry: String) { state.withLock { $0.append(entry) } }
}

private final class TestPart: LifecycleComponent {
    let name: String
    let journal: Journal
    let isDeaf: Bool
    private let end = Promise<Result<Void, Failure>>()
    let started = Promise<Void>()

    init(_ name: String, _ journal: Journal, isDeaf: Bool = false) {
        self.name = name
        self.journal = journal
        self.isDeaf = isDeaf
    }

    func run() async throws {
        try await runUntilShutdown {
            started.resolve(())
            try await end.value()?.get()
            journal.note("\(name) ended")
        }
    }

    func beginShutdown() { if !isDeaf { end.resolve(.success(())) } }

    func shutdown(timeout: Duration) async {
        journal.note("stop \(name)")
        beginShutdown()
    }

    func finish(_ result: Result<Void, Failure> = .success(())) { end.resolve(result) }
}

/// Signals and their dispositions belong to the process: one after another.
@Suite(.processGlobals) struct RunUntilTerminatedTests {
    private let journal = Journal()
    private let log = RecordingLogSink()

    private static func handler(of signal: Int32) -> Int {
        var action = sigaction()
        sigaction(signal, nil, &action)
        return unsafeBitCast(action.handler, to: Int.self)
    }

    @Test(arguments: [SIGTERM, SIGINT]) func aSignalStopsThePartsInReverseOrder(signal: Int32) async throws {
        let before = Self.handler(of: signal)
        let parts = ["telemetry", "producer", "consumer"].map { TestPart($0, journal) }
        async let running: Void = runUntilTerminated(parts[0], parts[1], parts[2], logSink: log)
        for part in parts { _ = await part.started.value() }
        #expect(Self.handler(of: signal) != before)
        kill(getpid(), signal)
        try await running
        #expect(
            journal.entries == [
                "stop consumer", "consumer ended", "stop producer", "producer ended", "stop telemetry",
                "telemetry ended",
            ])
        #expect(Self.handler(of: SIGTERM) == before && Self.handler(of: SIGINT) == before)
        #expect(log.entries.map(\.metadata) == [["reason": "signal \(signal)"]])
    }

    @Test func aPartThatEndsStopsTheOthers() async throws {
        let parts = ["a", "b", "c"].map { TestPart($0, journal) }
        async let running: Void = runUntilTerminated(parts, logSink: log)
        for part in parts { _ = await part.started.value() }
        parts[1].finish()
        try await running
        #expect(journal.entries == ["b ended", "stop c", "c ended", "stop b", "stop a", "a ended"])
    }

    @Test func aPartsErrorIsThrownWhenAllHaveStopped() async throws {
        let parts = ["a", "b"].map { TestPart($0, journal) }
        let task = Task { try await runUntilTerminated(parts, logSink: log) }
        for part in parts { _ = await part.started.value() }
        parts[0].finish(.failure(Failure()))
        await #expect(throws: Failure()) { try await task.value }
        #expect(journal.entries == ["stop b", "b ended", "stop a"])
    }

    @Test func cancellationStopsThePartsToo() async throws {
        let parts = ["a", "b"].map { TestPart($0, journal) }
        let task = Task { try await runUntilTerminated(parts, logSink: log) }
        for part in parts { _ = await part.started.value() }
        task.cancel()
        try await task.value
        #expect(journal.entries == ["stop b", "b ended", "stop a", "a ended"])
    }

    @Test func aPartThatDoesNotStopIsNamedAndHoldsUpNobody() async throws {
        let (first, deaf) = (TestPart("first", journal), TestPart("deaf", journal, isDeaf: true))
        let task = Task {
            try await runUntilTerminated(first, deaf, shutdownTimeout: .milliseconds(40), logSink: log)
        }
        for part in [first, deaf] { _ = await part.started.value() }
        task.cancel()
        try await task.value
        // What is left of the time is short: it may be over before the first part has ended.
        try await eventually("the first part ends as well") {
            journal.entries == ["stop deaf", "stop first", "first ended"]
        }
        #expect(log.entries.contains { $0.level == .warning && $0.metadata == ["part": "TestPart"] })
        deaf.finish()
    }

    @Test func twoCallsShareTheSignals() async throws {
        let before = Self.handler(of: SIGTERM)
        let parts = ["a", "b"].map { TestPart($0, journal) }
        async let one: Void = runUntilTerminated(parts[0], logSink: log)
        async let other: Void = runUntilTerminated(parts[1], logSink: log)
        for part in parts { _ = await part.started.value() }
        kill(getpid(), SIGTERM)
        try await one
        try await other
        #expect(Set(journal.entries) == ["stop a", "a ended", "stop b", "b ended"])
        #expect(Self.handler(of: SIGTERM) == before)
    }

    @Test func anIgnoredSignalStaysIgnored() async throws {
        let earlier = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, earlier) }
        let part = TestPart("a", journal)
        async let running: Void = runUntilTerminated(part, logSink: log)
        _ = await part.started.value()
        kill(getpid(), SIGINT)
        #expect(Self.handler(of: SIGINT) == unsafeBitCast(SIG_IGN, to: Int.self))
        part.finish()
        try await running
        #expect(log.entries.map(\.metadata) == [["reason": "part 1 ended"]])
    }

    @Test func aCancelledPartBeginsItsShutdown() async throws {
        let part = TestPart("a", journal)
        let task = Task { try await part.run() }
        _ = await part.started.value()
        task.cancel()
        try await task.value
        #expect(journal.entries == ["a ended"])
    }
}

/// A program of its own, because it is killed.
@Suite struct TerminationProbeTests {
    static let probe = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("TerminationProbe")
    static let exists = FileManager.default.isExecutableFile(atPath: probe.path)

    private func start(_ arguments: [String]) throws -> (process: ChildProcess, lines: AsyncStream<String>) {
        let pipe = Pipe()
        let process = try ChildProcess(Self.probe.path, arguments, output: .pipe(pipe))
        let lines = AsyncStream<String> { continuation in
            Thread.detachNewThread {
                var text = ""
                while true {
                    let data = pipe.fileHandleForReading.availableData
                    if data.isEmpty { break }
                    text += String(decoding: data, as: UTF8.self)
                    while let end = text.firstIndex(of: "\n") {
                        continuation.yield(String(text[..<end]))
                        text.removeSubrange(...end)
                    }
                }
                continuation.finish()
            }
        }
        return (process, lines)
    }

    @Test(.enabled(if: exists, "the probe is not beside the tests")) func aSignalEndsAProgramInOrder() async throws {
        let (process, lines) = try start([])
        var seen: [String] = []
        for await line in lines {
            seen.append(line)
            if seen.count == 2 { process.send(SIGTERM) }
        }
        #expect(Set(seen.prefix(2)) == ["first runs", "second runs"])
        #expect(seen.dropFirst(2) == ["second stops", "first stops", "done"])
        #expect(process.wait() == .status(0))
    }

    @Test(.enabled(if: exists, "the probe is not beside the tests")) func aSecondSignalEndsItAtOnce() async throws {
        let (process, lines) = try start(["hang"])
        var seen: [String] = []
        for await line in lines {
            seen.append(line)
            if seen.count == 2 { process.send(SIGINT) }
            if line == "second stops" { process.send(SIGINT) }
        }
        #expect(seen.last == "second stops")
        #expect(process.wait() == .signal(SIGINT))
    }
}
