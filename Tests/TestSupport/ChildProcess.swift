import CSpawn
public import Foundation
import SpanlinkRuntime
import TracingCore

/// Another program, run by the tests (`posix_spawn`). It inherits no descriptor but its standard ones, and ends with the
/// last reference to it.
///
/// Not Foundation's `Process`: on Linux up to Swift 6.3 its `run()` reads past the end of directory entries, which now and
/// then ends the tests (swift-corelibs-foundation #5472).
public final class ChildProcess: Sendable {
    /// Where a standard stream goes to or comes from.
    public enum Stream {
        case inherited
        case null
        /// Made anew.
        case file(URL)
        /// The end that belongs to the child is closed here.
        case pipe(Pipe)
    }

    public enum Exit: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    /// The program could not be started.
    public struct NotStarted: Error {
        public var program: String
        public var reason: String
    }

    private let id: pid_t
    /// How it ended, once somebody was told: from then on the id may be another process's.
    private let exit = Mutex<Exit?>(nil)

    /// Starts a program, which is looked for in `PATH` unless it is a path.
    ///
    /// - Parameter environment: in place of the tests' own.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: Stream = .null,
        output: Stream = .inherited, errors: Stream = .inherited
    ) throws {
        var child = pid_t()
        let failure = withSpawnAttributes { attributes in
            withFileActions([(0, input), (1, output), (2, errors)]) { actions in
                withCStrings([program] + arguments) { argv in
                    let environment = environment ?? ProcessInfo.processInfo.environment
                    return withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                        posix_spawnp(&child, program, actions, attributes, argv, envp)
                    }
                }
            }
        }
        guard failure == 0 else { throw NotStarted(program: program, reason: String(cString: strerror(failure))) }
        id = child
        if case .pipe(let pipe) = input { try? pipe.fileHandleForReading.close() }
        for case .pipe(let pipe) in [output, errors] { try? pipe.fileHandleForWriting.close() }
    }

    deinit {
        send(SIGKILL)
        wait()
    }

    /// Does nothing once ``wait()`` has returned.
    public func send(_ signal: Int32) {
        exit.withLock { if $0 == nil { _ = kill(id, signal) } }
    }

    /// Blocks until it has ended.
    @discardableResult public func wait() -> Exit {
        // Looks without taking the result, and without the lock, so that signals get through meanwhile.
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return exit.withLock { exit in
            if let exit { return exit }
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            let result: Exit = signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
            exit = result
            return result
        }
    }
}

// MARK: - To its end

extension ChildProcess {
    /// What a program that has ended wrote.
    public struct Result: Sendable {
        public var exit: Exit
        public var output: Data
        public var errors: String
    }

    /// Runs a program to its end; blocks meanwhile. What it wrote is taken from files: a daemon that it started would hold
    /// pipes open.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appendingPathComponent("output"), folder.appendingPathComponent("errors"))
        let process = try ChildProcess(
            program, arguments, environment: environment, output: .file(output), errors: .file(errors))
        return Result(
            exit: process.wait(), output: try Data(contentsOf: output),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// Runs a program to its end on a thread of its own; what it wrote to its standard output.
    ///
    /// - Throws: ``Failure`` when it does not succeed.
    public static func output(of program: String, _ arguments: [String]) async throws -> Data {
        let result = try await onThread { try run(program, arguments) }
        guard result.exit == .status(0) else {
            throw Failure(call: [program] + arguments, exit: result.exit, errors: result.errors)
        }
        return result.output
    }

    /// A program did not succeed.
    public struct Failure: Error {
        public var call: [String]
        public var exit: Exit
        public var errors: String
    }
}

// MARK: - posix_spawn

#if canImport(Darwin)
private typealias SpawnAttributes = posix_spawnattr_t?
private typealias FileActions = posix_spawn_file_actions_t?
#else
private typealias SpawnAttributes = posix_spawnattr_t
private typealias FileActions = posix_spawn_file_actions_t
#endif

/// All signals let through and as the system handles them: a thread of the tests may have blocked some.
private func withSpawnAttributes(_ body: (UnsafePointer<SpawnAttributes>) -> Int32) -> Int32 {
    #if canImport(Darwin)
    var attributes: SpawnAttributes
    var flags = POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
    var attributes = SpawnAttributes()
    var flags: Int32 = 0
    #endif
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    flags |= Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    return body(&attributes)
}

private func withFileActions(
    _ streams: [(descriptor: Int32, stream: ChildProcess.Stream)], _ body: (UnsafePointer<FileActions>) -> Int32
) -> Int32 {
    #if canImport(Darwin)
    var actions: FileActions
    #else
    var actions = FileActions()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, stream) in streams {
        switch stream {
        case .inherited: posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor)
        case .null: posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        case .file(let url):
            posix_spawn_file_actions_addopen(&actions, descriptor, url.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        case .pipe(let pipe):
            let end = descriptor == 0 ? pipe.fileHandleForReading : pipe.fileHandleForWriting
            posix_spawn_file_actions_adddup2(&actions, end.fileDescriptor, descriptor)
        }
    }
    #if os(Linux)
    spawn_close_from(&actions, 3)
    #endif
    return body(&actions)
}

private func withCStrings(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
