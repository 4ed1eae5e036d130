import Foundation
import TestSupport
import Testing

/// The Kafka half of the demo, and what the command line may say.
@Suite(.timeLimit(.minutes(5)), .enabled(if: SpanlinkProcess.exists, SpanlinkProcess.absence))
struct DemoTests {
    @Test func oneBatchLinksToAllRequests() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("demo-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try await SpanlinkProcess.run(
            ["demo", "--requests", "500", "--batch", "500", "--max-wait", "60", "--json", "--spans", file.path])
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        let summary = try PrintedSummary(result)
        #expect(summary.requests == 500)
        #expect(summary.consumers == ["settlement": .oneBatch(of: 500), "audit": .oneByOne(500)])
        #expect(summary.droppedSpans == 0 && summary.problems == [])

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

    @Test func withoutRabbitMQOneLineSaysSo() async throws {
        let result = try await SpanlinkProcess.run(["demo", "--requests", "20", "--batch", "10", "--max-wait", "60"])
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.filter { $0.contains("RabbitMQ") || $0.contains("AMQP") }.count == 1)
        #expect(lines[1].hasPrefix("RabbitMQ: none, so the Kafka half alone"))
        #expect(result.output.contains("process orders  10 messages  10 links"))
        #expect(result.output.contains("⇠ send orders · order-service · "))
        #expect(result.output.contains("POST /orders"))
        #expect(
            result.output.contains("settlement: 2 batches of at most 10, 20 links, of which 20 resolve; 0 dropped"))
        #expect(!result.output.contains("payout"))
    }

    /// The Kafka half is shown, and who named a broker learns that the rest is missing.
    @Test(arguments: [true, false]) func aRabbitMQThatCannotBeReachedIsSaid(forPrograms: Bool) async throws {
        let result = try await SpanlinkProcess.run(
            ["demo", "--requests", "20", "--batch", "10", "--max-wait", "60"] + (forPrograms ? ["--json"] : []),
            environment: ["AMQP_URL": "amqp://me:secret@127.0.0.1:1"])
        #expect(result.exit == .status(1))
        #expect(result.errors.hasPrefix("spanlink: the AMQP half is not shown: "), "\(result.errors)")
        #expect(result.errors.contains("127.0.0.1:1"))
        #expect(!(result.output + result.errors).contains("secret"))
        if forPrograms {
            let summary = try PrintedSummary(result)
            #expect(summary.consumers["settlement"]?.resolvedLinks == 20 && summary.consumers["payout"] == nil)
            #expect(summary.problems.count == 1)
        } else {
            #expect(result.output.contains("RabbitMQ: none, so the Kafka half alone: "))
            #expect(result.output.contains("settlement: 2 batches of at most 10, 20 links, of which 20 resolve"))
        }
    }

    /// Unsampled requests are linked as well; only links to what was recorded must lead somewhere.
    @Test(arguments: ["always", "any", "all"]) func samplingIsNoMistake(linkSampling: String) async throws {
        let result = try await SpanlinkProcess.run([
            "demo", "--requests", "40", "--batch", "10", "--max-wait", "60", "--sample-ratio", "0.5", "--link-sampling",
            linkSampling,
            "--json",
        ])
        #expect(result.exit == .status(0), "\(result.errors)")
        let summary = try PrintedSummary(result)
        #expect(summary.problems == [])
        let audit = try #require(summary.consumers["audit"])
        #expect(linkSampling == "always" ? audit.links == 40 : audit.links == audit.resolvedLinks)
    }

    @Test func anInterruptEndsItInOrder() async throws {
        let result = try await SpanlinkProcess.run(
            ["demo", "--requests", "1000000"], environment: TestRabbitMQ.environment,
            interruptedAt: "The consumer groups form")
        #expect(result.exit == .status(130))
        #expect(result.errors.hasPrefix("spanlink: interrupted; settlement "), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(!result.output.contains("How the messages fanned in"))
    }

    @Test(arguments: [
        ["demo", "--requests", "0"], ["demo", "--batch"], ["demo", "--batch", "9223372036854775807"],
        ["demo", "--max-wait", "0"],
        ["demo", "--sample-ratio", "2"],
        ["demo", "--link-sampling", "some"], ["demo", "--nothing"], ["dance"], ["demo", "--amqp-url"],
        ["demo", "--amqp-url", ""], ["demo", "--amqp-url", "http://localhost"], ["demo", "--otlp-endpoint"],
        ["demo", "--otlp-endpoint", "localhost:4318"],
    ])
    func aWrongCommandLineSaysWhatIsPossible(arguments: [String]) async throws {
        let result = try await SpanlinkProcess.run(arguments)
        #expect(result.exit == .status(2))
        #expect(result.errors.hasPrefix("spanlink: ") && result.errors.contains("Usage: spanlink demo"))
        #expect(!result.output.contains("links"))
    }

    @Test(arguments: [["demo", "--help"], ["--help"], []]) func helpNamesEveryOption(arguments: [String]) async throws {
        let result = try await SpanlinkProcess.run(arguments)
        #expect(result.exit == .status(0) && result.errors == "")
        for option in [
            "--requests", "--batch", "--sample-ratio", "--link-sampling", "--amqp-url", "--otlp-endpoint", "--spans",
            "--json", "--help",
        ] {
            #expect(result.output.contains("  \(option) "), "\(option)")
        }
    }
}
