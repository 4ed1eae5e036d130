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

    @Test(arguments: ["traceparenT", "xraceparent", "tracestatE", "baggagE", "", "t", "traceparents", "traceparent\0"])
    func otherNamesAreNotOurs(name: String) {
        var reader = MessageContextReader(baggage: true)
        reader.read(name, validTraceParent)
        reader.read(name, "a=1")
        #expect(reader.finish() == nil)
        #expect(reader.baggage.isEmpty)
    }
}
