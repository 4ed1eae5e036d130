import MessagingTracing
import TestSupport
import Testing
import TracingCore
import TracingTestKit

@testable import TracedKafka

/// What a consumer's spans are children of.
@Suite(.timeLimit(.minutes(5))) struct LoopParentTests {
    enum Loop: CaseIterable { case messages, batches, run, runBatches }

    /// Handles messages until `count` are handled, in the loop that is asked for; `around` runs what processes one.
    private func handle(
        _ count: Int, with loop: Loop, _ consumer: KafkaConsumer,
        around: @escaping @Sendable (@Sendable () async throws -> Void) async throws -> Void = { try await $0() }
    ) async throws {
        var handled = 0
        switch loop {
        case .messages:
            for try await message in consumer.messages {
                try await around { try await message.process {} }
                handled += 1
                if handled == count { break }
            }
        case .batches:
            for try await batch in consumer.batches(maxCount: 1, maxWait: .zero) {
                try await around { try await batch.process { _ in } }
                handled += batch.count
                if handled == count { break }
            }
        case .run:
            try await consumer.run { _ in
                handled += 1
                if handled == count { consumer.beginShutdown() }
            }
        case .runBatches:
            try await consumer.runBatches(maxCount: 1, maxWait: .zero) { batch in
                handled += batch.count
                if handled == count { consumer.beginShutdown() }
            }
        }
    }

    @Test(arguments: Loop.allCases)
    func aLoopInsideALiveSpanDoesNotMakeItTheParent(_ loop: Loop) async throws {
        let bench = try TracedBench()
        try await bench.fill(3)
        let request = try await bench.backend.withSpan("request") { span in
            try await handle(3, with: loop, bench.consumer)
            return span.context
        }
        await bench.end()
        let processed = bench.memory.spans.named("process t")
        #expect(processed.count == 3)
        #expect(Set(processed.map(\.context.traceID)).count == 3)
        for span in processed {
            #expect(span.isRoot && span.context.traceID != request.traceID)
            #expect(span.links.count == 1 && span.links[0].context.spanID != request.spanID)
        }
        for (span, created) in zip(processed, bench.memory.spans.named("create t")) {
            #expect(span.isLinked(to: created))
        }
    }

    @Test(arguments: [Loop.messages, .batches])
    func aSpanThatBecomesActiveInTheBodyIsTheParent(_ loop: Loop) async throws {
        let bench = try TracedBench()
        try await bench.fill(2)
        let backend = bench.backend
        try await backend.withSpan("request") { _ in
            try await handle(2, with: loop, bench.consumer) { process in
                try await backend.withSpan("body") { _ in try await process() }
            }
        }
        await bench.end()
        let processed = bench.memory.spans.named("process t")
        let bodies = bench.memory.spans.named("body")
        #expect(processed.count == 2 && bodies.count == 2)
        for (span, body) in zip(processed, bodies) { #expect(span.isChild(of: body) && span.links.count == 1) }
    }

    @Test func receiveInsideARequestBelongsToItAndLinks() async throws {
        let bench = try TracedBench()
        try await bench.fill(3)
        try await bench.backend.withSpan("request") { _ in
            try await bench.consumer.receive().process {}
            try await bench.consumer.receive(maxCount: 2, maxWait: .seconds(60)).process { _ in }
        }
        await bench.end()
        let created = bench.memory.spans.named("create t")
        let request = try #require(bench.memory.span("request"))
        for name in ["poll t", "process t"] {
            let spans = bench.memory.spans.named(name)
            #expect(spans.count == 2)
            #expect(spans.allSatisfy { $0.isChild(of: request) })
            try spans[0].expectLinks(to: [created[0]])
            try spans[1].expectLinks(to: [created[1], created[2]])
        }
    }
}
