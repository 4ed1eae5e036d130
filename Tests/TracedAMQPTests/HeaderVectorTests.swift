import Foundation
import TestSupport
import Testing
import TracedAMQP
import TracingCore

/// The shared table of what a message's headers mean, through the real adapter and a real broker.
@Suite(
    .timeLimit(.minutes(2)), .enabled(if: SharedFiles.available, "\(SharedFiles.absence)"),
    .enabled(if: Broker.isThere, "\(Broker.absence)"))
struct HeaderVectorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var headers: AMQPTable
        var isRead = false
        var traceparent: String?
        var tracestate: String?
        var userHeaders: [String]
        var afterPublish: [String]?
        var linkTo: String?
        var testDescription: String { id }
    }

    static func cases() throws -> [Case] {
        guard SharedFiles.available else { return [] }
        let file = try #require(try SharedFiles.json("semconv/vectors/message-headers.json") as? [String: Any])
        return try #require(file["cases"] as? [[String: Any]])
            .filter { ($0["carriers"] as? [String])?.contains("amqp") ?? false }
            // Names in another case are read: other clients write them.
            .filter { $0["id"] as? String != "name_case" }
            .map { item in
                let expect = try #require(item["expect"] as? [String: Any])
                return Case(
                    id: try #require(item["id"] as? String), headers: try headers(item),
                    isRead: expect.keys.contains("traceparent"), traceparent: expect["traceparent"] as? String,
                    tracestate: expect["tracestate"] as? String,
                    userHeaders: expect["user_headers"] as? [String] ?? [],
                    afterPublish: expect["after_publish"] as? [String], linkTo: expect["link_to"] as? String)
            }
    }

    private static func headers(_ item: [String: Any]) throws -> AMQPTable {
        AMQPTable(
            try #require(item["headers"] as? [[String: Any]]).map { header in
                let name = try #require(header["key"] as? String)
                let value = header["value"]
                switch try #require(header["type"] as? String) {
                case "null": return (name, .void)
                case "bytes": return (name, .bytes(Array(try #require(value as? String).utf8)))
                case "hex":
                    let text = try #require(value as? String)
                    return (name, .bytes(text.split(separator: " ").compactMap { UInt8($0, radix: 16) }))
                case "int64": return (name, .int64(try #require(value as? NSNumber).int64Value))
                case "table":
                    let fields = try #require(value as? [String: NSNumber])
                    return (name, .table(AMQPTable(fields.map { ($0.key, .int64($0.value.int64Value)) })))
                default: return (name, .string(try #require(value as? String)))
                }
            })
    }

    @Test func allKindsAreHere() throws {
        let cases = try Self.cases()
        #expect(cases.count { $0.isRead } >= 10)
        #expect(cases.count { $0.afterPublish != nil } >= 2 && cases.contains { $0.linkTo != nil })
    }

    @Test(arguments: try cases())
    func consumerReads(_ vector: Case) async throws {
        guard vector.isRead else { return }
        let memory = MemoryTracing()
        let queue = Broker.name("test")
        try await Broker.withConnection(tracing: .disabled) { publisher in
            let setUp = try await publisher.openChannel()
            try await setUp.declareQueue(queue)
            for _ in 0..<3 {
                try await setUp.publish(AMQPMessage(body: "v", headers: vector.headers), routingKey: queue)
            }
            // A pull, a single message, and a batch: three ways to read.
            try await Broker.withConnection(tracing: memory.backend) { connection in
                let channel = try await connection.openChannel()
                let got = try #require(try await channel.get(queue: queue))
                let single = channel.deliveries(queue: queue, prefetch: 1).makeAsyncIterator()
                let delivery = try #require(try await single.next())
                try await delivery.process {}
                let several = channel.batches(queue: queue, maxCount: 1, maxWait: .zero).makeAsyncIterator()
                let batch = try #require(try await several.next())
                try await batch.process { _ in }
                for arrived in [got, delivery, batch[0]] {
                    #expect(arrived.properties.headers == vector.headers)
                    for name in vector.userHeaders { #expect(arrived.properties.headers[name] != nil) }
                }
            }
            try await setUp.deleteQueue(queue)
        }
        #expect(memory.spans.map(\.name) == ["receive \(queue)", "process \(queue)", "process \(queue)"])
        for span in memory.spans {
            #expect(span.links.map { TraceParent.string($0.context) } == (vector.traceparent.map { [$0] } ?? []))
            #expect(
                span.links.map(\.context.traceState.headerValue)
                    == (vector.traceparent == nil ? [] : [vector.tracestate ?? ""]))
        }
    }

    @Test(arguments: try cases(), [false, true])
    func publishing(_ vector: Case, batch: Bool) async throws {
        guard let expected = vector.afterPublish else { return }
        let memory = MemoryTracing()
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await publish(AMQPMessage(body: "v", headers: vector.headers), to: queue, on: channel, batch: batch)
            let said = try await arrived(in: queue, context: memory.span((batch ? "create " : "publish ") + queue))
            #expect(said == expected)
            if let target = vector.linkTo {
                let span = try #require(memory.span("publish \(queue)"))
                #expect(span.links.map { TraceParent.string($0.context) } == [target])
                #expect(span.kind == .client)
            }
        }
    }

    /// What came from a broker is history: one context, ours, and the other headers as they were.
    @Test(arguments: [false, true])
    func forwarding(batch: Bool) async throws {
        let memory = MemoryTracing()
        let old = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        try await Broker.withQueue(tracing: memory.backend) { channel, queue in
            try await channel.publish(
                AMQPMessage(body: "v", headers: ["x": "1", "traceparent": .string(old), "y": "2"]), routingKey: queue)
            let message = try #require(try await channel.get(queue: queue)).message
            try await publish(message, to: queue, on: channel, batch: batch)
            let carrier = try #require(memory.spans.last { $0.name == (batch ? "create " : "publish ") + queue })
            let said = try await arrived(in: queue, context: carrier)
            // RabbitMQ 3 keeps the order, RabbitMQ 4 has that of the names.
            #expect(said.sorted() == ["traceparent=<ours>", "x=1", "y=2"])
            #expect(
                !memory.spans.filter { $0.name == "publish \(queue)" }.last!.links.contains {
                    TraceParent.string($0.context) == old
                })
        }
    }

    private func publish(
        _ message: AMQPMessage, to queue: String, on channel: AMQPChannel, batch: Bool
    ) async throws {
        if batch {
            try await channel.publishBatch([AMQPPublication(message, routingKey: queue)])
        } else {
            try await channel.publish(message, routingKey: queue)
        }
    }

    /// The headers of what the queue has, with `<ours>` for the context of that span.
    private func arrived(in queue: String, context span: SpanData?) async throws -> [String] {
        try await Broker.withConnection(tracing: .disabled) { connection in
            try await connection.withChannel { channel in
                let headers = try #require(try await channel.get(queue: queue)).properties.headers
                return headers.map { name, value in
                    let text = value.text ?? ""
                    return "\(name)=\(text == span.map { TraceParent.string($0.context) } ? "<ours>" : text)"
                }
            }
        }
    }
}
