import Testing
import TracingCore
import TracingTestKit

@Suite struct InMemoryTracingTests {
    @Test func aTaskTreeRecordsHereAndNowhereElse() async throws {
        let one = InMemoryTracing()
        let two = InMemoryTracing()
        await one.run {
            await TracingBackend.current.withSpan("one") { _ in
                async let child: Void = TracingBackend.current.withSpan("child of one") { _ in }
                await child
            }
            await two.run { await TracingBackend.current.withSpan("two") { _ in } }
        }
        #expect(one.spans.map(\.name) == ["child of one", "one"])
        #expect(two.spans.map(\.name) == ["two"])
        #expect(one.spans(named: "child of one")[0].isChild(of: one.spans(named: "one")[0]))
        #expect(two.spans[0].isRoot)
        one.reset()
        #expect(one.spans.isEmpty)
    }

    @Test func waitingEndsWithTheConditionOrSaysWhatIsThere() async throws {
        let tracing = InMemoryTracing()
        async let waited = tracing.wait(for: 2, spansNamed: "late")
        for _ in 0..<2 { tracing.backend.startSpan("late").end() }
        #expect(try await waited.count == 2)
        let mismatch = await #expect(throws: SpanMismatch.self) {
            try await tracing.wait(for: 3, spansNamed: "late", timeout: .milliseconds(1))
        }
        #expect(mismatch?.description.contains("late") == true)
    }

    @Test func linksAndAttributesAreExpected() throws {
        let tracing = InMemoryTracing()
        let producers = (0..<3).map { _ in tracing.backend.startSpan("send", parent: .root) }
        for producer in producers { producer.end() }
        let sent = tracing.spans
        tracing.backend.startSpan(
            "process", attributes: ["a": 1, "b": "x"],
            links: SpanLinks(producers.map { TraceSpan.Link($0.context) })
        ).end()
        let process = tracing.spans(named: "process")[0]
        try process.expectLinks(to: sent)
        #expect(process.isLinked(to: sent[0]) && !sent[0].isLinked(to: process))
        #expect(throws: SpanMismatch.self) { try process.expectLinks(to: Array(sent.dropLast())) }
        #expect(throws: SpanMismatch.self) { try sent[0].expectLinks(to: [process]) }
        try process.expectAttributes(["b": "x", "a": 1])
        try process.expectAttributes(["a": 1], allowingMore: true)
        #expect(throws: SpanMismatch.self) { try process.expectAttributes(["a": 1]) }
        #expect(throws: SpanMismatch.self) { try process.expectAttributes(["a": 2], allowingMore: true) }
    }
}
