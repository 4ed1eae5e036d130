import TestSupport
import Testing
import TracingCore

@Suite struct SpanConcurrencyTests {
    @Test func manyTasksOnOneSpanMakeOneEnd() async throws {
        let processor = CountingProcessor()
        let tracing = MemoryTracing(processors: [processor])
        for _ in 0..<20 {
            let span = tracing.backend.startSpan("span", links: SpanLinks(NumberLinks(1...4)))
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for round in 0..<20 {
                            span.setAttribute("a\(task)", .int(round))
                            span.addEvent("event")
                            span.addLink(TraceSpan.Link(NumberLinks.context(UInt64(task + 1))))
                            span.updateName("\(task)")
                            span.setStatus(.error("\(round)"))
                            _ = span.isRecording
                        }
                        span.end()
                        span.setAttribute("after", 1)
                    }
                }
            }
        }
        #expect(processor.startCount == 20)
        #expect(processor.ended.count == 20)
        for span in processor.ended {
            let data = span.data()
            #expect(data.attributes["after"] == nil)
            #expect(data.events.count + data.droppedEventsCount <= 160)
            #expect(data.events.count == min(128, data.events.count + data.droppedEventsCount))
            #expect(data.links.count <= 128)
        }
        #expect(tracing.spans.count == 20)
    }
}
