import Testing
import TracingCore

/// Values print readably.
@Suite struct DescriptionTests {
    @Test func contextPrintsAsItsHeaders() throws {
        let state = try #require(TraceState(parsing: "a=1,b=2"))
        var context = SpanContext(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: .sampled, traceState: state,
            isRemote: true)
        let traceparent = "00-00000000000000010000000000000002-0000000000000003-01"
        #expect("\(state)" == "a=1,b=2")
        #expect("\(context)" == "\(traceparent) a=1,b=2 (remote)")
        #expect("\(TraceSpan(propagating: context))" == "\(context)")
        #expect("\(StoredTraceContext(context))" == "\(traceparent) a=1,b=2")
        context = .invalid
        #expect("\(context)" == "invalid")
        #expect("\(try #require(Baggage(header: "k=v")))" == "k=v")
    }
}
