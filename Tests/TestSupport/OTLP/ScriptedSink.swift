public import Foundation
import Testing

/// A server of OTLP that answers by a script, over HTTP (`scripted_sink.py`) or gRPC (`scripted_grpc.py`).
public final class ScriptedSink: @unchecked Sendable {
    // `@unchecked`: a test uses it from one thread at a time, and the process and pipes are constants.

    public struct Request: Decodable, Sendable {
        public var step: String
        public var path: String
        /// Which connection it came on, from 0.
        public var connection: Int
        public var headers: [String: String]
        /// Unpacked.
        public var body: Data
        /// The time in seconds after which the caller of a gRPC method gives up.
        public var timeLeft: Double?
    }

    private struct Start: Decodable {
        var port: Int
        var ca: String?
    }

    public let port: Int
    /// The path of the server's certificate, if it speaks TLS.
    public let certificateFile: String?
    private let process: ChildProcess
    private let input = Pipe()
    private let output = Pipe()
    private var received = Data()

    /// Whether the tests' Python can be a gRPC server.
    public static let hasGRPC = (try? Python.run("scripted_grpc.py", ["probe"]))?.exit == .status(0)
    public static let grpcAbsence =
        "no Python with grpcio: pip install it in a venv and name its python in SPANLINK_PYTHON"

    public convenience init(_ steps: String...) throws { try self.init("scripted_sink.py", steps) }

    /// A gRPC server with that script.
    public convenience init(grpc steps: String...) throws { try self.init("scripted_grpc.py", steps) }

    private init(_ script: String, _ steps: [String]) throws {
        process = try Python.start(script, steps, input: .pipe(input), output: .pipe(output))
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8), !byte.isEmpty {
            line += byte
        }
        let start = try JSONDecoder().decode(Start.self, from: line)
        (port, certificateFile) = (start.port, start.ca)
    }

    /// Where traces go; `base` is what generic settings take.
    public var endpoint: String { base + "/v1/traces" }
    public var base: String { "\(certificateFile == nil ? "http" : "https")://127.0.0.1:\(port)" }

    /// Waits until the next request is there.
    public func waitForRequest() throws {
        while !received.contains(UInt8(ascii: "\n")) {
            let part = output.fileHandleForReading.availableData
            try #require(!part.isEmpty)
            received += part
        }
    }

    /// Ends the server; all requests there were.
    public func finish() throws -> [Request] {
        try input.fileHandleForWriting.write(contentsOf: Data("end\n".utf8))
        while !received.suffix(5).elementsEqual("\nend\n".utf8), !received.elementsEqual("end\n".utf8) {
            let part = output.fileHandleForReading.availableData
            try #require(!part.isEmpty)
            received += part
        }
        process.wait()
        return try received.split(separator: UInt8(ascii: "\n")).filter { $0.first == UInt8(ascii: "{") }.map {
            let decoder = JSONDecoder()
            decoder.dataDecodingStrategy = .base64
            return try decoder.decode(Request.self, from: Data($0))
        }
    }
}
