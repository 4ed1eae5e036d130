import MessagingTracing
import Testing
import TracingCore

struct OperationExemplarTests {
    @Test func durationsLeadToTheSpansOfTheirOperations() async throws {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        try await bench.queue.process([sent]) {}
        func spanIDs(_ metric: String) -> [SpanID] {
            bench.metrics.points(named: metric).flatMap(\.exemplars).map(\.spanID)
        }
        #expect(spanIDs("messaging.process.duration") == [bench.span("process orders").context.spanID])
        #expect(spanIDs("messaging.client.operation.duration").contains(bench.span("send orders").context.spanID))
    }

    @Test func unsampledOperationsHaveNoExemplar() async throws {
        let bench = Bench(sampler: .alwaysOff)
        let sent = bench.queue.publish(bench.queue.message())
        try await bench.queue.process([sent]) {}
        #expect(bench.metrics.collect().flatMap(\.points).count > 2)
        #expect(bench.metrics.collect().flatMap(\.points).allSatisfy { $0.exemplars.isEmpty })
    }
}
