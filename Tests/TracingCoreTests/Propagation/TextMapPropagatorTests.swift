import Testing
import TracingCore

@Suite struct TextMapPropagatorTests {
    @Test func contextAndBaggageGoOutAndComeBack() {
        let propagator = TextMapPropagator()
        var context = validContext
        context.traceState.set("a", "1")
        let baggage = Baggage(header: "k=v;p")
        let headers = propagator.inject(context, baggage)
        #expect(headers.map(\.0) == propagator.fields)
        let extracted = propagator.extract(headers)
        #expect(extracted.context == context)
        #expect(extracted.baggage == baggage)
    }

    @Test func whatIsKnownStaysIfTheHeadersHaveNothingValid() {
        let known = Baggage(header: "k=v") ?? Baggage()
        let kept = TextMapPropagator().extract(
            [("traceparent", "garbage"), ("tracestate", "a=1"), ("baggage", "bad")], keeping: validContext, known)
        #expect(kept.context == validContext)
        #expect(kept.baggage == known)
    }

    @Test func onlyTheFormatsInUseAreReadAndWritten() {
        let headers = TextMapPropagator().inject(validContext, Baggage(header: "k=v"))
        #expect(headers.count == 2)
        for (formats, names) in [
            (TextMapPropagator.Formats.baggage, ["baggage"]), (.traceContext, ["traceparent"]), ([], []),
        ] {
            let propagator = TextMapPropagator(formats)
            #expect(propagator.inject(validContext, Baggage(header: "k=v")).map(\.0) == names)
            let extracted = propagator.extract(headers)
            #expect((extracted.context != nil) == formats.contains(.traceContext))
            #expect(extracted.baggage.isEmpty != formats.contains(.baggage))
        }
    }

    @Test func nothingInvalidGoesOut() {
        #expect(TextMapPropagator().inject(.invalid, Baggage()).isEmpty)
        #expect(TextMapPropagator().inject(nil).isEmpty)
    }

    @Test func severalBaggageHeadersAreOneList() {
        let extracted = TextMapPropagator().extract([("Baggage", "a=1"), ("BAGGAGE", "b=2")])
        #expect(extracted.baggage.headerValue == "a=1,b=2")
    }

    @Test(
        arguments: [
            ("", [.traceContext, .baggage], []), (" , ", [.traceContext, .baggage], []),
            ("baggage", .baggage, []), ("TraceContext, tracecontext", .traceContext, []), ("none", [], []),
            ("b3,baggage", .baggage, ["b3"]), ("b3", [.traceContext, .baggage], ["b3"]),
        ] as [(String, TextMapPropagator.Formats, [String])])
    func theEnvironmentVariableIsRead(list: String, formats: TextMapPropagator.Formats, unknown: [String]) {
        var ignored: [String] = []
        #expect(TextMapPropagator(parsing: list, unknown: &ignored).formats == formats)
        #expect(ignored == unknown)
    }
}
