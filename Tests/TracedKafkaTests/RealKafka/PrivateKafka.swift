import Foundation
import TestSupport

/// A real Kafka of the tests' own, to be killed, paused and locked: the script among the shared parts. It ends with the
/// process of the tests, however that ends.
final class PrivateKafka: Sendable {
    /// What `start` says.
    struct Status: Decodable, Sendable {
        struct TLS: Decodable, Sendable {
            var bootstrap: String
            var ca: String
            var cert: String
            var key: String
            var other_ca: String
            var other_cert: String
            var other_key: String
        }

        struct SASL: Decodable, Sendable {
            var bootstrap: String
            var user: String
            var password: String
            var users: [String: String]
            var ca: String
        }

        var dir: String
        var version: String
        var cluster_id: String
        var bootstrap: String
        var tls: TLS?
        var sasl: SASL?
    }

    static var isThere: Bool {
        #if os(Linux)
        FileManager.default.isExecutableFile(atPath: script.path) && hasJava
        #else
        false
        #endif
    }
    static let absence = "no real Kafka can be started: that takes Linux, Java and the shared parts for tests"
    private static var script: URL { SharedFiles.root.appendingPathComponent("brokers/kafka/kafka") }

    private static var hasJava: Bool {
        let environment = ProcessInfo.processInfo.environment
        if environment["KAFKA_JAVA"] != nil { return true }
        return (environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/java")
        }
    }

    let status: Status

    /// - Parameter options: of `start`.
    init(_ options: [String]) async throws {
        let output = try await ChildProcess.output(
            of: Self.script.path, ["start", "--until-exit", String(getpid())] + options)
        status = try JSONDecoder().decode(Status.self, from: output)
    }

    /// One that runs for as long as `body` does.
    static func with(_ options: String..., body: (PrivateKafka) async throws -> Void) async throws {
        let kafka = try await PrivateKafka(options)
        do {
            try await body(kafka)
            await kafka.remove()
        } catch {
            await kafka.remove()
            throw error
        }
    }

    /// Runs a command of the script: `kill 1`, `topics …`; what it prints.
    @discardableResult
    func control(_ command: String, _ arguments: String...) async throws -> String {
        let output = try await ChildProcess.output(
            of: Self.script.path, [command] + arguments + ["--dir", status.dir])
        return String(decoding: output, as: UTF8.self)
    }

    private func remove() async {
        _ = try? await control("stop", "--delete")
    }
}
