import Foundation
import Testing

@testable import OTLPExporter

/// An HTTP server that answers by a script (`scripted_sink.py`).
final class ScriptedSink: @unchecked Sendable {
    // `@unchecked`: a test uses it from one thread at a time, and the process and pipes are constants.

    struct Request: Decodable, Sendable {
        var step: String
        var path: String
        /// Which connection it came on, from 0.
        var connection: Int
        var headers: [String: String]
        /// Unpacked.
        var body: Data
    }

    private struct Start: Decodable {
        var port: Int
    }

    let port: Int
    private let process: Process
    private let input = Pipe()
    private let output = Pipe()
    private var received = Data()

    init(_ steps: String...) throws {
        process = Python.process("scripted_sink.py", steps)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8), !byte.isEmpty {
            line += byte
        }
        port = try JSONDecoder().decode(Start.self, from: line).port
    }

    deinit { process.terminate() }

    var endpoint: String { "http://127.0.0.1:\(port)/v1/traces" }

    /// A configuration that loses no time between attempts.
    func configuration(_ change: (inout OTLPConfiguration) -> Void = { _ in }) -> OTLPConfiguration {
        var configuration = OTLPConfiguration(endpoint: endpoint)
        configuration.retry.initialBackoff = .milliseconds(1)
        configuration.retry.maxBackoff = .milliseconds(2)
        change(&configuration)
        return configuration
    }

    /// Waits until the next request is there.
    func waitForRequest() throws {
        while !received.contains(UInt8(ascii: "\n")) {
            let part = output.fileHandleForReading.availableData
            try #require(!part.isEmpty)
            received += part
        }
    }

    /// Ends the server; all requests there were.
    func finish() throws -> [Request] {
        // Not by the end of a pipe: other processes that were started meanwhile may have inherited it.
        try input.fileHandleForWriting.write(contentsOf: Data("end\n".utf8))
        while !received.suffix(5).elementsEqual("\nend\n".utf8), !received.elementsEqual("end\n".utf8) {
            let part = output.fileHandleForReading.availableData
            try #require(!part.isEmpty)
            received += part
        }
        process.waitUntilExit()
        return try received.split(separator: UInt8(ascii: "\n")).filter { $0.first == UInt8(ascii: "{") }.map {
            let decoder = JSONDecoder()
            decoder.dataDecodingStrategy = .base64
            return try decoder.decode(Request.self, from: Data($0))
        }
    }
}

/// Runs what blocks on a thread of its own, as a processor does.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
