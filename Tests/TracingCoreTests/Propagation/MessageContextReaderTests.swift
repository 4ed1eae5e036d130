import Testing
import TracingCore

@Suite struct MessageContextReaderTests {
    @Test func withoutHeadersThereIsNoContext() {
        let reader = MessageContextReader(baggage: true)
        #expect(reader.finish() == nil)
        #expect(reader.baggage.isEmpty)
    }

    @Test func theHeadersMayComeInAnyOrder() {
        var reader = MessageContextReader()
        reader.read("tracestate", "a=1")
        reader.read("traceparent", validTraceParent)
        reader.read("tracestate", "b=2")
        #expect(reader.finish()?.traceState.headerValue == "a=1,b=2")
    }

    /// Two writers of one message: the context of the last one, with its own state or none.
    @Test(
        arguments: [
            (
                [("traceparent", "A"), ("tracestate", "ot=th:8"), ("traceparent", "B"), ("tracestate", "ot=th:c")],
                "ot=th:c"
            ),
            ([("traceparent", "A"), ("tracestate", "x=1"), ("traceparent", "B")], ""),
            ([("traceparent", "A"), ("tracestate", "x=1"), ("traceparent", "B"), ("tracestate", "y=2")], "y=2"),
            ([("traceparent", "A"), ("tracestate", "BAD=1"), ("traceparent", "B"), ("tracestate", "y=2")], "y=2"),
            ([("tracestate", "x=1"), ("traceparent", "A"), ("traceparent", "B"), ("tracestate", "y=2")], "y=2"),
            ([("traceparent", "A"), ("tracestate", "x=1"), ("traceparent", "nonsense"), ("traceparent", "B")], ""),
            ([("traceparent", "nonsense"), ("tracestate", "x=1"), ("traceparent", "B")], "x=1"),
            (
                [("traceparent", "B"), ("tracestate", "x=1"), ("traceparent", "nonsense"), ("tracestate", "y=2")],
                "x=1,y=2"
            ),
        ] as [([(String, String)], String)]
    )
    func eachValidTraceparentStartsAnew(headers: [(String, String)], state: String) {
        let values = ["A": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "B": validTraceParent]
        var reader = MessageContextReader()
        for (name, value) in headers { reader.read(name, values[value] ?? value) }
        #expect(reader.finish()?.spanID == validContext.spanID)
        #expect(reader.finish()?.traceState.headerValue == state)
    }

    @Test(arguments: ["Traceparent", "TRACEPARENT", "TraceParent"])
    func nameInOtherCaseIsReadIfThereIsNoneInLowerCase(name: String) {
        let other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        var reader = MessageContextReader(baggage: true)
        reader.read(name, other)
        reader.read("Tracestate", "x=1")
        reader.read("BAGGAGE", "k=1")
        #expect(reader.finish().map(TraceParent.string) == other)
        #expect(reader.finish()?.traceState.headerValue == "x=1" && reader.finish()?.isRemote == true)
        #expect(reader.baggage.headerValue == "k=1")
        reader.read("traceparent", validTraceParent)
        reader.read("tracestate", "y=2")
        reader.read("baggage", "k=2")
        reader.read(name, other)
        #expect(reader.finish()?.spanID == validContext.spanID)
        #expect(reader.finish()?.traceState.headerValue == "y=2" && reader.baggage.headerValue == "k=2")
    }

    static let older = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// Headers of two writers, of which the newer one has the name in lower case, and the tracestate that is its own.
    static let twoCases: [(headers: [(String, String)], state: String)] = [
        ([("Traceparent", older), ("Tracestate", "x=1"), ("traceparent", validTraceParent)], ""),
        ([("Traceparent", older), ("tracestate", "x=1"), ("traceparent", validTraceParent)], ""),
        ([("traceparent", validTraceParent), ("Traceparent", older), ("Tracestate", "x=1")], ""),
        ([("traceparent", older), ("Tracestate", "x=1"), ("traceparent", validTraceParent)], ""),
        ([("traceparent", validTraceParent), ("Tracestate", "x=1")], "x=1"),
        ([("Tracestate", "x=1"), ("traceparent", validTraceParent), ("tracestate", "y=2")], "y=2"),
    ]

    @Test(arguments: twoCases)
    func contextHasNoStateOfAnotherCase(headers: [(String, String)], state: String) {
        var reader = MessageContextReader()
        for (name, value) in headers { reader.read(name, value) }
        #expect(reader.finish()?.spanID == validContext.spanID)
        #expect(reader.finish()?.traceState.headerValue == state)
    }

    @Test func oneBadTracestateHeaderDropsAll() {
        var reader = MessageContextReader()
        reader.read("traceparent", validTraceParent)
        reader.read("tracestate", "a=1")
        reader.read("tracestate", "B=2")
        #expect(reader.finish() == validContext)
    }

    @Test func severalBaggageHeadersCombineAndTheLastEntryOfANameCounts() {
        var reader = MessageContextReader(baggage: true)
        reader.read("baggage", "a=1,b=2;p")
        reader.read("baggage", "c=3,a=4")
        #expect(reader.baggage.headerValue == "a=4,b=2;p,c=3")
        #expect(reader.finish() == nil)
    }

    @Test func baggageIsSkippedUnlessAskedFor() {
        var reader = MessageContextReader()
        reader.read("baggage", "a=1")
        #expect(reader.baggage.isEmpty)
    }

    @Test(arguments: ["xraceparent", "xracestate", "xaggage", "", "t", "traceparents", "traceparent\0"])
    func otherNamesAreNotOurs(name: String) {
        var reader = MessageContextReader(baggage: true)
        reader.read(name, validTraceParent)
        reader.read(name, "a=1")
        #expect(reader.finish() == nil)
        #expect(reader.baggage.isEmpty)
    }
}
