import Foundation
import TestSupport

/// pika with OpenTelemetry's instrumentation from PyPI, in a process of its own: `pika_peer.py`.
enum PikaPeer {
    /// A span of the peer.
    struct Span: Decodable {
        var trace: String
        var span: String
        var parent: String?
        var kind: String?
        /// The types that Python has for the headers' values.
        var headers: [String: String]?
    }

    struct Failure: Error { var errors: String }

    static let isAvailable = (try? wait(for: ["probe"])) != nil
    static let absence =
        "no Python with pika and opentelemetry-instrumentation-pika: pip install them in a venv and name its python in SPANLINK_PYTHON"

    static func run(_ command: String, _ arguments: String...) async throws -> [Span] {
        let output = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: waiting for a process blocks.
            Thread.detachNewThread {
                continuation.resume(with: Result { try wait(for: [command, Broker.url!] + arguments) })
            }
        }
        return try JSONDecoder().decode([Span].self, from: output)
    }

    private static func wait(for arguments: [String]) throws -> Data {
        let result = try Python.run("pika_peer.py", arguments)
        guard result.exit == .status(0) else { throw Failure(errors: result.errors) }
        return result.output
    }
}
