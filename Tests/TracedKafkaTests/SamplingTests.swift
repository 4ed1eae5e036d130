import MessagingTracing
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// What happens to messages whose producer's span is not recorded.
@Suite(.timeLimit(.minutes(5))) struct SamplingTests {
    private func flags(_ message: KafkaMessage) throws -> UInt8 {
        let header = try #require(message.headers.first(named: "traceparent")?.valueString)
        return try #require(UInt8(header.suffix(2), radix: 16))
    }

    @Test func unsampledContextsPropagateAndTheirChildrenFollow() async throws {
        let bench = try TracedBench(memory: MemoryTracing(sampler: .parentBased(root: .alwaysOff)))
        let request = try await bench.backend.withSpan("request") { span in
            _ = try await bench.producer.send(.init(topic: "t", value: "1", partition: 0))
            try bench.producer.enqueue(.init(topic: "t", value: "2", partition: 0))
            _ = try await bench.producer.sendBatch([.init(topic: "t", value: "3", partition: 0)])
            return span.context
        }
        for _ in 0..<3 {
            let message = try await bench.consumer.receive()
            #expect(try flags(message) & 1 == 0)
            let carried = try #require(
                TraceParent.parse(message.headers.first(named: "traceparent")?.valueString ?? ""))
            #expect(carried.traceID == request.traceID && carried.spanID != request.spanID)
            // A child of the producer follows it.
            try await message.process(parent: .producer) {
                #expect(ActiveContext.current.spanContext?.traceID == request.traceID)
                #expect(ActiveContext.current.spanContext?.isSampled == false)
            }
        }
        await bench.end()
        #expect(bench.memory.spans.isEmpty)
    }

    @Test func aSamplerByLinksSeesWhatProducersDecided() async throws {
        let recording = MemoryTracing()
        let dropping = MemoryTracing(sampler: .alwaysOff)
        let bench = try TracedBench(memory: MemoryTracing(sampler: .linkBased()), producerTracing: dropping.backend)
        let recorded = try bench.kafka.tracedProducer(recording.backend)
        try await bench.fill(2)
        let batches = bench.consumer.batches(maxCount: 2, maxWait: .seconds(60)).makeAsyncIterator()
        let first = try #require(try await batches.next())
        #expect(try first.allSatisfy { try flags($0) & 1 == 0 })
        try await first.process { _ in
            let active = try #require(ActiveContext.current.spanContext)
            #expect(active.isValid && !active.isSampled)
        }
        try await first[0].process {}
        #expect(bench.memory.spans.isEmpty)

        _ = try await recorded.send(.init(topic: "t", value: "v", partition: 0))
        try await bench.fill(1)
        let second = try #require(try await batches.next())
        #expect(try second.map { try flags($0) & 1 } == [1, 0])
        try await second.process { _ in }
        try await second[0].process {}
        try await second[1].process {}
        #expect(bench.memory.spans.map(\.links.count) == [2, 1])
        #expect(bench.memory.spans[1].isLinked(to: try #require(recording.span("send t"))))
        await recorded.shutdown()
        await bench.end()
        #expect(dropping.spans.isEmpty)
    }
}
