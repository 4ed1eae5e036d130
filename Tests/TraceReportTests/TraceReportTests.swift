import Foundation
import Testing
import TraceReport
import TracingCore
import TracingTestKit

/// A request that publishes, and a batch of another service that links to it: recorded with the core itself.
@Suite struct TraceReportTests {
    private let exporter = InMemorySpanExporter()

    private func backend(_ service: String) -> TracingBackend {
        .core(
            TracerProvider(
                resource: Resource(attributes: ["service.name": .string(service)]),
                processors: [SimpleSpanProcessor(exporter: exporter)]))
    }

    /// Three orders in two partitions, one of them by a producer whose spans were not exported.
    private func exchange() -> SpanIndex {
        let orders = backend("order-service")
        let request = orders.startSpan("POST /orders", kind: .server, parent: .root)
        var contexts: [SpanContext] = []
        for _ in 0..<2 {
            let send = orders.startSpan("send orders", kind: .producer, parent: .span(request.context))
            send.end()
            contexts.append(send.context)
        }
        request.end()
        contexts.append(
            SpanContext(traceID: IDGenerator.traceID(), spanID: IDGenerator.spanID(), traceFlags: .sampled))
        let links = contexts.enumerated().map { index, context in
            TraceSpan.Link(
                context,
                attributes: [
                    "messaging.destination.partition.id": .string("\(index % 2)"),
                    "messaging.kafka.offset": .int(7 + index),
                    "spanlink.message.time_in_queue": .double(0.001 * Double(index + 1)),
                ])
        }
        let settlement = backend("settlement")
        let process = settlement.startSpan(
            "process orders", kind: .consumer, parent: .root,
            attributes: [
                "messaging.system": "kafka", "messaging.destination.name": "orders", "messaging.batch.message_count": 3,
            ],
            links: SpanLinks(links))
        settlement.startSpan("commit orders", kind: .client, parent: .span(process.context)).end()
        process.end()
        return SpanIndex(exporter.finishedSpans)
    }

    @Test func linksAreGroupedByProducerAndPartition() throws {
        let fanIns = FanIn.all(in: exchange())
        #expect(fanIns.count == 1)
        let fanIn = try #require(fanIns.first)
        #expect(fanIn.messageCount == 3)
        #expect(fanIn.resolvedLinks == 2)
        #expect(
            fanIn.groups == [
                FanIn.Group(
                    destination: "orders", partition: "0", count: 1, traceCount: 1, positions: 9...9,
                    timeInQueue: 0.003...0.003),
                FanIn.Group(
                    producer: "send orders", service: "order-service", destination: "orders", partition: "0", count: 1,
                    traceCount: 1, positions: 7...7, timeInQueue: 0.001...0.001),
                FanIn.Group(
                    producer: "send orders", service: "order-service", destination: "orders", partition: "1", count: 1,
                    traceCount: 1, positions: 8...8, timeInQueue: 0.002...0.002),
            ])
    }

    @Test func theFanInIsDrawn() {
        let text = TerminalReport(exchange(), isColored: false).fanIns()
        #expect(text.contains("process orders  3 messages  3 links"))
        #expect(
            text.contains("├─ 1 ⇠ send orders · order-service · 1 trace · partition 1 · offset 8 · in queue 2.0 ms"))
        #expect(text.contains("└─ 1 links to spans that were not exported"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func aRequestIsWalkedForwardThroughLinks() throws {
        let index = exchange()
        let request = try #require(index.spans.first { $0.kind == .server })
        let lines = TerminalReport(index, isColored: false).walk(from: request).split(separator: "\n").map(String.init)
        #expect(lines.count == 5)
        #expect(lines[0].hasPrefix("POST /orders"))
        #expect(lines[1].hasPrefix("├─ send orders"))
        #expect(lines[2].hasPrefix("│  └⇢ process orders") && lines[2].contains("one of 3 links"))
        #expect(lines[3].hasPrefix("│     └─ commit orders"))
        #expect(lines[4].hasPrefix("└─ send orders"))
    }

    /// A batch of `count` messages that one span each created, and the batch that they become: as on RabbitMQ.
    private func chain(of count: Int) -> (index: SpanIndex, start: SpanData) {
        let settlement = backend("settlement")
        let process = settlement.startSpan("process orders", kind: .consumer, parent: .root)
        let created = (0..<count).map { _ in
            let create = settlement.startSpan("create settlements", kind: .producer, parent: .span(process.context))
            create.end()
            return create.context
        }
        let links = created.enumerated().map {
            TraceSpan.Link($1, attributes: ["messaging.rabbitmq.message.delivery_tag": .int($0 + 1)])
        }
        let payout = backend("payout").startSpan(
            "process settlements", kind: .consumer, parent: .root,
            attributes: ["messaging.system": "rabbitmq", "messaging.batch.message_count": .int(count)],
            links: SpanLinks(links))
        payout.end()
        process.end()
        let index = SpanIndex(exporter.finishedSpans)
        return (index, index[process.context]!)
    }

    @Test func manySpansAlikeAreDrawnAsOne() {
        let (index, start) = chain(of: 4)
        let lines = TerminalReport(index, isColored: false).walk(from: start).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("└─ 4 × create settlements  "))
        #expect(lines[2].hasPrefix("   └⇢ process settlements  ") && lines[2].contains("  4 of 4 links  payout trace "))
    }

    @Test func fewSpansAlikeStandAlone() {
        let (index, start) = chain(of: 3)
        let text = TerminalReport(index, isColored: false).walk(from: start)
        #expect(text.components(separatedBy: "─ create settlements").count == 4)
        #expect(text.contains("⇢ process settlements") && text.contains("  one of 3 links  payout trace "))
    }

    @Test func positionsAreNamedByTheSystem() {
        let text = TerminalReport(chain(of: 3).index, isColored: false).fanIns()
        #expect(text.contains("└─ 3 ⇠ create settlements · settlement · 1 trace · delivery tags 1–3"))
    }

    /// The largest of each kind, in the order in which they started.
    @Test func eachKindOfBatchHasItsShare() {
        _ = exchange()
        _ = chain(of: 9)
        _ = chain(of: 8)
        let lines = TerminalReport(chain(of: 10).index, isColored: false).fanIns(limit: 2).split(separator: "\n")
        let heads = lines.filter { $0.hasPrefix("process") }.map { $0.split(separator: " ")[2] }
        #expect(heads == ["3", "9", "10"])
        #expect(lines.last == "… and 1 more batch spans")
    }

    @Test func aRingOfLinksEnds() throws {
        let backend = backend("ring")
        let one = backend.startSpan("one", parent: .root)
        let two = backend.startSpan("two", parent: .root, links: SpanLinks(one.context))
        one.addLink(TraceSpan.Link(two.context))
        one.end()
        two.end()
        let index = SpanIndex(exporter.finishedSpans)
        let first = try #require(index[one.context])
        let text = TerminalReport(index, isColored: true).walk(from: first)
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.contains("\u{1B}[1mone\u{1B}[0m"))
    }

    @Test func nothingIsDrawnOfNothing() {
        #expect(TerminalReport(SpanIndex([]), isColored: false).fanIns() == "")
    }
}
