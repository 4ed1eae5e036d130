import Foundation
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// The shared table of what a message's headers mean, through the real adapter.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: SharedFiles.available, "\(SharedFiles.absence)"))
struct HeaderVectorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var headers: KafkaHeaders
        var isRead = false
        var traceparent: String?
        var tracestate: String?
        var userHeaders: [String]
        var afterForwarding: [String]?
        var afterPublish: [String]?
        var linkTo: String?
        var testDescription: String { id }
    }

    static func cases() throws -> [Case] {
        guard SharedFiles.available else { return [] }
        let file = try #require(try SharedFiles.json("semconv/vectors/message-headers.json") as? [String: Any])
        return try #require(file["cases"] as? [[String: Any]])
            .filter { ($0["carriers"] as? [String])?.contains("kafka") ?? false }
            // Names in another case are read: other clients write them.
            .filter { $0["id"] as? String != "name_case" }
            .map { item in
                let expect = try #require(item["expect"] as? [String: Any])
                return Case(
                    id: try #require(item["id"] as? String), headers: try headers(item),
                    isRead: expect.keys.contains("traceparent"), traceparent: expect["traceparent"] as? String,
                    tracestate: expect["tracestate"] as? String,
                    userHeaders: expect["user_headers"] as? [String] ?? [],
                    afterForwarding: expect["after_forwarding"] as? [String],
                    afterPublish: expect["after_publish"] as? [String], linkTo: expect["link_to"] as? String)
            }
    }

    private static func headers(_ item: [String: Any]) throws -> KafkaHeaders {
        KafkaHeaders(
            try #require(item["headers"] as? [[String: Any]]).map { header in
                let name = try #require(header["key"] as? String)
                switch try #require(header["type"] as? String) {
                case "null": return (name, nil)
                case "hex":
                    let text = try #require(header["value"] as? String)
                    return (name, text.split(separator: " ").compactMap { UInt8($0, radix: 16) })
                default: return (name, Array(try #require(header["value"] as? String).utf8))
                }
            })
    }

    @Test func allKindsAreHere() throws {
        let cases = try Self.cases()
        #expect(cases.count { $0.isRead } >= 14)
        #expect(cases.contains { $0.afterForwarding != nil } && cases.contains { $0.linkTo != nil })
    }

    @Test(arguments: try cases())
    func consumerReads(_ vector: Case) async throws {
        guard vector.isRead else { return }
        let bench = try TracedBench(producerTracing: TracingBackend.disabled)
        for _ in 0..<2 {
            _ = try await bench.producer.send(
                .init(topic: "t", value: "v", headers: vector.headers, partition: 0))
        }
        // A receive, a single message, and a batch: three ways to read.
        let received = try await bench.consumer.receive()
        try await received.process {}
        let batches = bench.consumer.batches(maxCount: 1, maxWait: .zero).makeAsyncIterator()
        let batch = try #require(try await batches.next())
        try await batch.process { _ in }
        #expect(received.headers == vector.headers)
        #expect(batch[0].headers == vector.headers)
        for name in vector.userHeaders { #expect(received.headers.users.contains { $0.name == name }) }
        await bench.end()
        #expect(bench.memory.spans.map(\.name) == ["poll t", "process t", "process t"])
        for span in bench.memory.spans {
            #expect(span.links.map { TraceParent.string($0.context) } == (vector.traceparent.map { [$0] } ?? []))
            #expect(
                span.links.map(\.context.traceState.headerValue)
                    == (vector.traceparent == nil ? [] : [vector.tracestate ?? ""]))
        }
    }

    @Test(arguments: try cases(), [false, true])
    func forwarding(_ vector: Case, batch: Bool) async throws {
        guard let expected = vector.afterForwarding else { return }
        let bench = try TracedBench()
        let raw = try bench.kafka.tracedProducer(.disabled)
        _ = try await raw.send(.init(topic: "t", value: "v", headers: vector.headers, partition: 0))
        let record = try await bench.consumer.receive().record(for: "u")
        if batch {
            _ = try await bench.producer.sendBatch([record])
        } else {
            _ = try await bench.producer.send(record)
        }
        let said = try await arrived(bench, context: bench.memory.span(batch ? "create u" : "send u"))
        #expect(said == expected)
        await raw.shutdown()
        await bench.end()
    }

    @Test(arguments: try cases(), [false, true])
    func publishing(_ vector: Case, batch: Bool) async throws {
        guard let expected = vector.afterPublish else { return }
        let bench = try TracedBench()
        let record = KafkaRecord(topic: "u", value: "v", headers: vector.headers)
        if batch {
            _ = try await bench.producer.sendBatch([record])
        } else {
            _ = try await bench.producer.send(record)
        }
        let said = try await arrived(bench, context: bench.memory.span(batch ? "create u" : "send u"))
        #expect(said == expected)
        if let target = vector.linkTo {
            let span = try #require(bench.memory.span("send u"))
            #expect(span.links.map { TraceParent.string($0.context) } == [target])
        }
        await bench.end()
    }

    /// The headers that arrived in `u`, with `<ours>` for the context of that span.
    private func arrived(_ bench: TracedBench, context span: SpanData?) async throws -> [String] {
        let reader = try bench.kafka.tracedConsumer(.disabled, topic: "u")
        let headers = try await reader.receive().headers
        await reader.shutdown()
        return headers.map { header in
            let value = header.valueString ?? ""
            return "\(header.name)=\(value == span.map { TraceParent.string($0.context) } ? "<ours>" : value)"
        }
    }
}
