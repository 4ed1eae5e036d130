import Testing
import TraceReport
import TracingCore

@testable import spanlink

/// The demo finds out by itself what is wrong with its own counts.
struct DemoSummaryTests {
    private let exporter = InMemorySpanExporter()

    private func backend(_ service: String, limits: SpanLimits = SpanLimits()) -> TracingBackend {
        .core(
            TracerProvider(
                resource: Resource(attributes: ["service.name": .string(service)]),
                processors: [SimpleSpanProcessor(exporter: exporter)], limits: limits))
    }

    /// Sends as many orders.
    private func send(_ count: Int) -> [SpanContext] {
        let backend = backend("order-service")
        return (0..<count).map { _ in
            let span = backend.startSpan("send orders", kind: .producer, parent: .root)
            span.end()
            return span.context
        }
    }

    /// Handles `count` of them, with links to these.
    private func settle(_ count: Int, _ contexts: [SpanContext], limits: SpanLimits = SpanLimits()) {
        backend("settlement", limits: limits).startSpan(
            "process orders", kind: .consumer, parent: .root,
            attributes: ["messaging.batch.message_count": .int(count)],
            links: SpanLinks(contexts.map { TraceSpan.Link($0) })
        ).end()
    }

    private func problems(requests: Int, allAreRecorded: Bool = true, droppedSpans: Int = 0) -> [String] {
        DemoSummary(
            requests: requests, consumers: ["settlement"], index: SpanIndex(exporter.finishedSpans),
            droppedSpans: droppedSpans
        ).problems(allAreRecorded: allAreRecorded)
    }

    @Test func allIsWell() {
        let orders = send(5)
        settle(3, Array(orders[..<3]))
        settle(2, Array(orders[3...]))
        #expect(problems(requests: 5) == [])
    }

    @Test func aMessageWithoutALink() {
        settle(3, Array(send(3)[..<2]))
        #expect(
            problems(requests: 3) == [
                "settlement: 3 messages were handled and 2 are linked", "settlement: links point at 2 producers of 3",
            ])
    }

    @Test func aRequestThatNobodyHandled() {
        settle(2, Array(send(3)[..<2]))
        #expect(problems(requests: 3) == ["settlement: links point at 2 producers of 3"])
        // With batches that are not recorded it cannot be known.
        #expect(problems(requests: 3, allAreRecorded: false) == [])
    }

    @Test func aLinkThatLeadsNowhere() {
        let lost = SpanContext(traceID: IDGenerator.traceID(), spanID: IDGenerator.spanID(), traceFlags: .sampled)
        settle(3, send(2) + [lost])
        #expect(problems(requests: 3) == ["settlement: 1 links point at sampled spans that are missing"])
    }

    @Test func aLinkToWhatWasNotSampled() {
        let unsampled = SpanContext(traceID: IDGenerator.traceID(), spanID: IDGenerator.spanID())
        settle(3, send(2) + [unsampled])
        #expect(problems(requests: 3) == [])
    }

    @Test func aLinkThatWasDropped() {
        var limits = SpanLimits()
        limits.linkCount = 2
        settle(3, send(3), limits: limits)
        #expect(problems(requests: 3).contains("settlement: 1 links were dropped"))
    }

    @Test func aSpanThatWasLost() {
        settle(1, send(1))
        #expect(problems(requests: 1, droppedSpans: 4) == ["4 spans were lost"])
    }
}
