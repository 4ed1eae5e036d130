import Foundation
import TestSupport
import Testing

/// The command as people run it.
struct SpanlinkProcess {
    static let command = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("spanlink")
    static let exists = FileManager.default.isExecutableFile(atPath: command.path)
    static let absence: Comment = "the command is not beside the tests"

    struct Result {
        var exit: ChildProcess.Exit
        var output: String
        var errors: String
    }

    /// Runs the command to its end, without holding a thread of the tests' pool.
    ///
    /// - Parameters:
    ///   - environment: what it adds to that of the tests, which loses everything that demos look at.
    ///   - interruptedAt: with the first output that contains this, the command gets SIGINT.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], interruptedAt trigger: String? = nil
    ) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
            .filter { !["KAFKA_BOOTSTRAP_SERVERS", "AMQP_URL"].contains($0.key) && !$0.key.hasPrefix("OTEL_") }
            .merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        let process = try ChildProcess(
            command.path, arguments, environment: environment, output: .pipe(output), errors: .pipe(errors))
        async let complaints = onThread { errors.fileHandleForReading.readDataToEndOfFile() }
        let (text, exit) = try await onThread {
            var text = Data()
            var trigger = trigger
            while case let part = output.fileHandleForReading.availableData, !part.isEmpty {
                text += part
                if let word = trigger, text.range(of: Data(word.utf8)) != nil {
                    process.send(SIGINT)
                    trigger = nil
                }
            }
            return (text, process.wait())
        }
        return Result(
            exit: exit, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: try await complaints, as: UTF8.self))
    }
}

/// What `spanlink demo --json` prints.
struct PrintedSummary: Decodable {
    struct Consumer: Decodable, Equatable {
        var batches: Int
        var largestBatch: Int
        var links: Int
        var resolvedLinks: Int
        var droppedLinks: Int

        /// `count` messages in one batch, all linked.
        static func oneBatch(of count: Int) -> Consumer {
            Consumer(batches: 1, largestBatch: count, links: count, resolvedLinks: count, droppedLinks: 0)
        }

        /// `count` messages, a span with its link each.
        static func oneByOne(_ count: Int) -> Consumer {
            Consumer(batches: count, largestBatch: 1, links: count, resolvedLinks: count, droppedLinks: 0)
        }
    }

    var requests: Int
    var consumers: [String: Consumer]
    var exportedSpans: Int
    var droppedSpans: Int
    var problems: [String]

    init(_ result: SpanlinkProcess.Result) throws {
        self = try JSONDecoder().decode(PrintedSummary.self, from: Data(result.output.utf8))
    }
}

/// The RabbitMQ that tests use: `scripts/test` starts one.
enum TestRabbitMQ {
    static let url = ProcessInfo.processInfo.environment["AMQP_URL"].flatMap { $0.isEmpty ? nil : $0 }
    static let isThere = url != nil && SpanlinkProcess.exists
    static let absence: Comment = "no RabbitMQ: set AMQP_URL, or let scripts/test start one"
    static var environment: [String: String] { url.map { ["AMQP_URL": $0] } ?? [:] }
}
