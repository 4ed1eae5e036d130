import Foundation
import TestSupport
import Testing

/// The demo with both halves.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: TestRabbitMQ.isThere, TestRabbitMQ.absence))
struct DemoAMQPTests {
    /// Order, settlement and payout hang together: by links from trace to trace, by parents inside.
    @Test func tracesChainThroughBothBrokers() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("demo-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try await SpanlinkProcess.run(
            ["demo", "--requests", "200", "--batch", "100", "--max-wait", "60", "--json", "--spans", file.path],
            environment: TestRabbitMQ.environment)
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        let summary = try PrintedSummary(result)
        #expect(summary.consumers["audit"] == .oneByOne(200))
        for name in ["settlement", "payout"] {
            let consumer = try #require(summary.consumers[name])
            #expect(consumer.links == 200 && consumer.resolvedLinks == 200 && consumer.droppedLinks == 0, "\(name)")
        }

        let spans = try ExportedSpan.read(file)
        let settling = spans.filter {
            $0.name == "process orders" && $0.attributes["messaging.batch.message_count"] != nil
        }
        let paying = spans.filter { $0.kind == "CONSUMER" && $0.attributes["messaging.system"] == .string("rabbitmq") }
        let created = spans.filter { $0.kind == "PRODUCER" && $0.name.hasPrefix("create ") }
        #expect(created.count == 200)
        // Each settlement was created inside the handling of a batch of orders, which is the root of its trace…
        #expect(settling.allSatisfy { $0.parentSpanID == nil })
        #expect(Set(created.map(\.parentSpanID)) == Set(settling.map(\.spanID)))
        // … and each is linked to by one payout, the root of another trace, with its delivery tag.
        #expect(paying.allSatisfy { $0.parentSpanID == nil && $0.links.allSatisfy { $0.flags & 0x300 == 0x300 } })
        let links = paying.flatMap(\.links)
        #expect(links.count == 200 && Set(links.map(\.spanID)) == Set(created.map(\.spanID)))
        #expect(links.allSatisfy { $0.attributes["messaging.rabbitmq.message.delivery_tag"] != nil })
        #expect(Set(paying.map(\.traceID)).isDisjoint(with: settling.map(\.traceID)))
        // One acknowledgement a batch.
        #expect(spans.filter { $0.name.hasPrefix("ack ") }.count == paying.count)
    }

    @Test func peopleSeeBothHalves() async throws {
        let result = try await SpanlinkProcess.run(
            [
                "demo", "--requests", "20", "--batch", "10", "--max-wait", "60", "--amqp-url",
                try #require(TestRabbitMQ.url),
            ])
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        let text = result.output
        #expect(text.contains("RabbitMQ: ") && !text.contains("guest:"))
        #expect(text.contains("process orders  10 messages  10 links"))
        #expect(text.contains("20 ⇠ create ") && text.contains(" · settlement · 2 traces · delivery tags 1–20"))
        #expect(text.contains("10 × create ") && text.contains("10 of 20 links"))
        #expect(text.contains("payout: 1 batch of 20, 20 links, of which 20 resolve; 0 dropped"))
        #expect(text.contains("Checked: "))
    }

    /// Each has a queue of its own, and nothing stays behind for the next.
    @Test func twoAtOnceDoNotMix() async throws {
        let arguments = ["demo", "--requests", "50", "--batch", "50", "--max-wait", "60", "--json"]
        async let one = SpanlinkProcess.run(arguments, environment: TestRabbitMQ.environment)
        async let other = SpanlinkProcess.run(arguments, environment: TestRabbitMQ.environment)
        for result in try await [one, other] {
            #expect(result.exit == .status(0), "\(result.errors)")
            #expect(try PrintedSummary(result).consumers["payout"] == .oneBatch(of: 50))
        }
    }

    @Test func aWrongPasswordIsSaid() async throws {
        let right = try #require(TestRabbitMQ.url)
        var url = try #require(URLComponents(string: right))
        (url.user, url.password) = ("nobody", "wrong")
        let result = try await SpanlinkProcess.run(
            ["demo", "--requests", "5", "--batch", "5", "--max-wait", "60", "--amqp-url", try #require(url.string)])
        #expect(result.exit == .status(1))
        #expect(result.errors.contains("ACCESS_REFUSED"), "\(result.errors)")
        #expect(result.output.contains("settlement: 1 batch of 5, 5 links, of which 5 resolve"))
    }
}
