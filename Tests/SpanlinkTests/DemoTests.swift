import Foundation
import TestSupport
import Testing

/// The command as people run it.
@Suite struct DemoTests {
    static let command = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("spanlink")
    static let exists = FileManager.default.isExecutableFile(atPath: command.path)

    private struct Summary: Decodable {
        struct Consumer: Decodable, Equatable {
            var batches: Int
            var largestBatch: Int
            var links: Int
            var resolvedLinks: Int
            var droppedLinks: Int
        }
        var requests: Int
        var consumers: [String: Consumer]
        var exportedSpans: Int
        var droppedSpans: Int
    }

    /// Runs the command without holding a thread of the tests' pool.
    private func run(_ arguments: [String]) async throws -> (status: Int32, output: Data, errors: String) {
        let process = Process()
        process.executableURL = Self.command
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "KAFKA_BOOTSTRAP_SERVERS" }
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let text = output.fileHandleForReading.readDataToEndOfFile()
                let complaints = errors.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(
                    returning: (process.terminationStatus, text, String(decoding: complaints, as: UTF8.self)))
            }
        }
    }

    @Test(.enabled(if: exists, "the command is not beside the tests"))
    func oneBatchLinksToAllRequests() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("demo-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, output, errors) = try await run(
            ["demo", "--requests", "500", "--batch", "500", "--json", "--spans", file.path])
        #expect(status == 0, "\(errors)")
        let summary = try JSONDecoder().decode(Summary.self, from: output)
        #expect(summary.requests == 500)
        #expect(
            summary.consumers["settlement"]
                == .init(batches: 1, largestBatch: 500, links: 500, resolvedLinks: 500, droppedLinks: 0))
        #expect(
            summary.consumers["audit"]
                == .init(batches: 500, largestBatch: 1, links: 500, resolvedLinks: 500, droppedLinks: 0))
        #expect(summary.droppedSpans == 0)

        // What the summary says is what was exported.
        let spans = try ExportedSpan.read(file)
        #expect(spans.count == summary.exportedSpans)
        let batch = try #require(spans.first { $0.kind == "CONSUMER" && $0.links.count == 500 })
        let producers = spans.filter { $0.kind == "PRODUCER" && $0.name == "send orders" }
        #expect(batch.name == "process orders")
        #expect(batch.parentSpanID == nil)
        #expect(Set(batch.links.map(\.spanID)) == Set(producers.map(\.spanID)))
        #expect(Set(producers.map(\.traceID)).count == 500)
        #expect(batch.links.allSatisfy { $0.flags & 0x300 == 0x300 })
    }

    @Test(.enabled(if: exists, "the command is not beside the tests"))
    func peopleSeeTheFanIn() async throws {
        let (status, output, errors) = try await run([
            "demo", "--requests", "20", "--batch", "10", "--sample-ratio", "1",
        ])
        #expect(status == 0, "\(errors)")
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.contains("process orders  10 messages  10 links"))
        #expect(text.contains("⇠ send orders · order-service · partition"))
        #expect(text.contains("POST /orders"))
        #expect(text.contains("settlement: 2 batches of at most 10, 20 links, of which 20 resolve; 0 dropped"))
    }

    @Test(
        .enabled(if: exists, "the command is not beside the tests"),
        arguments: [
            ["demo", "--requests", "0"], ["demo", "--batch"], ["demo", "--sample-ratio", "2"],
            ["demo", "--link-sampling", "some"], ["demo", "--nothing"], ["dance"],
        ])
    func aWrongCommandLineSaysWhatIsPossible(arguments: [String]) async throws {
        let (status, output, errors) = try await run(arguments)
        #expect(status == 2)
        #expect(output.isEmpty)
        #expect(errors.hasPrefix("spanlink: ") && errors.contains("Usage: spanlink demo"))
    }
}
