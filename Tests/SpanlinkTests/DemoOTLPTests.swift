import Foundation
import TestSupport
import Testing
import TracingCore

/// Batches of 500 by OTLP from the demo: what arrives.
@Suite(.timeLimit(.minutes(5)), .enabled(if: SpanlinkProcess.exists, SpanlinkProcess.absence))
struct DemoOTLPTests {
    private static let arguments = ["demo", "--requests", "500", "--batch", "500", "--max-wait", "60", "--json"]

    /// All spans that the sink got, and the flags of all links of spans of that name, as they stand on the wire.
    private struct Received {
        var spans: [SpanData] = []
        var linkFlags: [String: [UInt32]] = [:]

        init(_ requests: [ScriptedSink.Request]) throws {
            for request in requests {
                spans += try OTLPDecoding.spans(Array(request.body))
                for resource in try ProtobufMessage(request.body).messages(1) {
                    for scope in try resource.messages(2) {
                        for span in try scope.messages(2) {
                            linkFlags[try span.string(5), default: []] += try span.messages(13).map {
                                try $0.fixed32(6)
                            }
                        }
                    }
                }
            }
        }

        /// The span of that kind of service with 500 links.
        func batch(of service: String) throws -> SpanData {
            try #require(
                spans.first {
                    $0.resource.attributes["service.name"] == .string(service) && $0.kind == .consumer
                        && $0.links.count == 500
                })
        }
    }

    private func check(_ batch: SpanData, links producers: [SpanData], position: String, _ received: Received) throws {
        #expect(batch.parent == nil && batch.droppedLinksCount == 0)
        let key = { (context: SpanContext) in [context.traceID.hexString, context.spanID.hexString] }
        #expect(producers.count == 500)
        #expect(Set(batch.links.map { key($0.context) }) == Set(producers.map { key($0.context) }))
        for link in batch.links {
            guard case .int = link.attributes[position] else {
                Issue.record("a link without \(position): \(Array(link.attributes))")
                return
            }
        }
        // Sampled, and known to be remote: SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK and …_IS_REMOTE_MASK.
        let flags = try #require(received.linkFlags[batch.name])
        #expect(flags.count >= 500 && flags.allSatisfy { $0 & 0x301 == 0x301 })
    }

    private func checkOrders(_ received: Received) throws {
        let orders = try received.batch(of: "settlement")
        try check(
            orders, links: received.spans.filter { $0.name == "send orders" }, position: "messaging.kafka.offset",
            received)
        for link in orders.links {
            #expect(link.attributes["messaging.destination.partition.id"] != nil)
            #expect(link.attributes["spanlink.message.time_in_queue"] != nil)
        }
    }

    @Test(.enabled(if: Python.isAvailable, Comment(rawValue: Python.absence)))
    func theSinkHasEveryLinkOfTheOrders() async throws {
        let sink = try await onThread { try ScriptedSink() }
        // The endpoint of the environment, to which the path is added; and a header.
        let result = try await SpanlinkProcess.run(
            Self.arguments,
            environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": sink.base, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=open%20sesame",
            ])
        let requests = try await onThread { try sink.finish() }
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        #expect(requests.allSatisfy { $0.path == "/v1/traces" && $0.headers["x-key"] == "open sesame" })
        let received = try Received(requests)
        #expect(received.spans.count == (try PrintedSummary(result).exportedSpans))
        try checkOrders(received)
    }

    @Test(
        .enabled(if: Python.isAvailable, Comment(rawValue: Python.absence)),
        .enabled(if: TestRabbitMQ.isThere, TestRabbitMQ.absence))
    func theSinkHasEveryLinkOfBothSides() async throws {
        let sink = try await onThread { try ScriptedSink() }
        // The command line wins over an endpoint of the environment.
        let result = try await SpanlinkProcess.run(
            Self.arguments + ["--otlp-endpoint", sink.base],
            environment: TestRabbitMQ.environment.merging(
                ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/nowhere"]) { $1 })
        let requests = try await onThread { try sink.finish() }
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        let summary = try PrintedSummary(result)
        #expect(summary.consumers["payout"] == .oneBatch(of: 500))
        let received = try Received(requests)
        #expect(received.spans.count == summary.exportedSpans)
        try checkOrders(received)
        try check(
            try received.batch(of: "payout"),
            links: received.spans.filter { $0.kind == .producer && $0.name.hasPrefix("create ") },
            position: "messaging.rabbitmq.message.delivery_tag", received)
    }

    /// What did not arrive is said, and is no success.
    @Test func aReceiverThatIsAwayIsSaid() async throws {
        let result = try await SpanlinkProcess.run([
            "demo", "--requests", "10", "--batch", "10", "--max-wait", "60", "--json", "--otlp-endpoint",
            "http://127.0.0.1:1",
        ])
        #expect(result.exit == .status(1))
        let summary = try PrintedSummary(result)
        #expect(summary.consumers["settlement"] == .oneBatch(of: 10))
        #expect(summary.droppedSpans == summary.exportedSpans)
        #expect(summary.problems == ["\(summary.exportedSpans) spans were lost"])
    }

    /// A viewer shows every link of both batches.
    @Test(.enabled(if: Jaeger.isAvailable, Jaeger.absence), .enabled(if: TestRabbitMQ.isThere, TestRabbitMQ.absence))
    func jaegerHasEveryLink() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("demo-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let jaeger = try await onThread { try Jaeger() }
        let result = try await SpanlinkProcess.run(
            Self.arguments + ["--otlp-endpoint", jaeger["otlp_http"], "--spans", file.path],
            environment: TestRabbitMQ.environment)
        #expect(result.exit == .status(0) && result.errors == "", "\(result.errors)")
        let batches = try ExportedSpan.read(file).filter { $0.links.count == 500 && $0.kind == "CONSUMER" }
        #expect(batches.count == 2)
        for batch in batches {
            let (spanID, traceID) = (batch.spanID, batch.traceID)
            let shown = try await onThread { try jaeger.references(ofSpan: spanID, inTrace: traceID) }
            #expect(shown.count == 500)
            #expect(
                shown
                    == batch.links.map {
                        Jaeger.Reference(refType: "FOLLOWS_FROM", traceID: $0.traceID, spanID: $0.spanID)
                    })
        }
    }
}
