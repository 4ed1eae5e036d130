import Foundation
import SpanlinkRuntime
import TestSupport
import TracedAMQP
import TracingCore

/// A RabbitMQ of one test's own, to be killed and frozen: `scripts/brokers rabbitmq`.
final class PrivateBroker: Sendable {
    /// What `start` says.
    struct Status: Decodable, Sendable {
        struct Processes: Decodable, Sendable { var vm: Int32 }

        var url: String
        /// With `--tls`.
        var tls_url: String?
        var tls_dir: String?
        var pids: Processes
    }

    /// Whether the package is there: tests install nothing.
    static var isInstalled: Bool {
        ["/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + "/rabbitmq-server")
        }
    }

    static let absence = "no rabbitmq-server is installed"

    let directory: URL
    private let script: URL
    private let options: [String]
    private let started: Mutex<Status?> = Mutex(nil)

    /// - Parameter options: of `start`.
    init(options: [String] = []) {
        self.options = options
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("spanlink-amqp-\(UUID().uuidString)")
        script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("scripts/brokers")
    }

    var status: Status { started.withLock { $0! } }

    /// One that runs for as long as `body` does.
    static func with(
        options: [String] = [], _ body: (PrivateBroker) async throws -> Void
    ) async throws {
        let broker = PrivateBroker(options: options)
        do {
            try await broker.start()
            try await body(broker)
            await broker.remove()
        } catch {
            await broker.remove()
            throw error
        }
    }

    /// How to reach it: quick to come back, for as long as a start may take, and silent.
    var configuration: AMQPConnection.Configuration {
        get throws {
            var configuration = try AMQPConnection.Configuration(url: status.url)
            configuration.recoveryTimeout = .seconds(3_600)
            configuration.reconnect.maxDelay = .milliseconds(500)
            configuration.logSink = nil
            return configuration
        }
    }

    /// Starts it, on the port that it had before.
    func start() async throws {
        let status = try JSONDecoder().decode(Status.self, from: try await run("start", options))
        started.withLock { $0 = status }
    }

    func kill() async throws { _ = try await run("kill") }

    /// rabbitmqctl; what it prints.
    @discardableResult
    func control(_ arguments: String...) async throws -> String {
        String(decoding: try await run("ctl", ["-q"] + arguments), as: UTF8.self)
    }

    /// Brings to disk what was declared. A transaction of Mnesia counts only once its decision is there, and RabbitMQ answers
    /// a declaration before: a broker that is killed within about two seconds has never heard of the queue, nor of its
    /// messages, confirmed as they may be.
    func syncDeclarations() async throws { try await control("eval", "mnesia:sync_log().") }

    /// Stops it where it is. When this returns, all its threads stand still.
    func freeze() async throws {
        _ = sendSignal(status.pids.vm, SIGSTOP)
        let tasks = "/proc/\(status.pids.vm)/task"
        try await eventually("every thread has stopped") {
            try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
                // The state comes after the name in brackets.
                let fields = try? String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
                return fields?.split(separator: ")").last?.hasPrefix(" T") ?? true
            }
        }
    }

    func thaw() { _ = sendSignal(status.pids.vm, SIGCONT) }

    func remove() async {
        thaw()
        _ = try? await run("kill")
        try? FileManager.default.removeItem(at: directory)
    }

    private func run(_ command: String, _ arguments: [String] = []) async throws -> Data {
        try await ChildProcess.output(of: script.path, ["rabbitmq", command, "--dir", directory.path] + arguments)
    }
}

private func sendSignal(_ process: Int32, _ signal: Int32) -> Int32 { kill(process, signal) }
