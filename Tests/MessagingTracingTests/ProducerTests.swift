import MessagingTracing
import TestSupport
import Testing
import TracingCore

@Suite struct ProducerTests {
    @Test func aMessageCarriesItsSendSpan() {
        let bench = Bench()
        let message = bench.queue.publish(bench.queue.message())
        let span = bench.span("send orders")
        #expect(span.kind == .producer)
        #expect(message.header("traceparent") == [TraceParent.string(span.context)])
        #expect(message.headers.count == 1)
    }

    @Test func anAuthorsContextIsKeptAndLinked() {
        let bench = Bench()
        var message = bench.queue.message()
        message.add("traceparent", authored)
        let sent = bench.queue.publish(message)
        #expect(sent.header("traceparent") == [authored])
        let span = bench.span("send orders")
        #expect(span.kind == .client)
        #expect(span.links.map { TraceParent.string($0.context) } == [authored])
    }

    @Test func anAuthorsContextIsReplacedOnRequest() {
        let bench = Bench { $0.existingContext = .replace }
        var message = bench.queue.message()
        message.add("traceparent", authored)
        message.add("tracestate", "a=1")
        let sent = bench.queue.publish(message)
        let span = bench.span("send orders")
        #expect(span.kind == .producer)
        #expect(span.links.isEmpty)
        #expect(sent.header("traceparent") == [TraceParent.string(span.context)])
        #expect(sent.header("tracestate") == [])
    }

    @Test func aForwardedMessageCarriesOneContextOfOurs() {
        let bench = Bench()
        var message = bench.queue.message()
        message.isForwarded = true
        for (name, value) in [("x", "1"), ("traceparent", authored), ("x", "2"), ("traceparent", authored)] {
            message.add(name, value)
        }
        let sent = bench.queue.publish(message)
        #expect(sent.headers.map(\.name) == ["x", "x", "traceparent"])
        #expect(sent.header("x") == ["1", "2"])
        #expect(sent.header("traceparent") == [TraceParent.string(bench.span("send orders").context)])
    }

    @Test func forwardingReplacesNamesInOtherCase() {
        let bench = Bench()
        var message = bench.queue.message()
        message.isForwarded = true
        for (name, value) in [("Traceparent", authored), ("x", "1"), ("TRACESTATE", "a=1"), ("Baggage", "k=1")] {
            message.add(name, value)
        }
        let sent = bench.queue.publish(message)
        #expect(sent.headers.map(\.name) == ["x", "Baggage", "traceparent"])
        #expect(sent.header("traceparent") == [TraceParent.string(bench.span("send orders").context)])
    }

    @Test func authorsContextInOtherCaseIsKeptAndLinked() {
        let bench = Bench()
        var message = bench.queue.message()
        message.add("Traceparent", authored)
        let sent = bench.queue.publish(message)
        #expect(sent.headers.map(\.name) == ["Traceparent"])
        #expect(bench.span("send orders").links.map { TraceParent.string($0.context) } == [authored])
    }

    @Test func lastOfSeveralAuthoredContextsKeepsItsOwnState() {
        let bench = Bench()
        var message = bench.queue.message()
        let older = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for (name, value) in [
            ("TRACEPARENT", older), ("traceparent", older), ("tracestate", "y=2"), ("traceparent", authored),
            ("tracestate", "z=3"),
        ] {
            message.add(name, value)
        }
        let sent = bench.queue.publish(message)
        #expect(sent.headers.map(\.name) == ["traceparent", "tracestate"])
        #expect(sent.header("traceparent") == [authored])
        #expect(sent.header("tracestate") == ["z=3"])
    }

    @Test func authoredContextsInTwoCasesBecomeOne() {
        let bench = Bench()
        var message = bench.queue.message()
        for name in ["Traceparent", "traceparent"] { message.add(name, authored) }
        #expect(bench.queue.publish(message).headers.map(\.name) == ["traceparent"])
    }

    @Test func anInvalidContextIsReplaced() {
        let bench = Bench()
        var message = bench.queue.message()
        message.add("traceparent", "garbage")
        let sent = bench.queue.publish(message)
        #expect(sent.header("traceparent") == [TraceParent.string(bench.span("send orders").context)])
    }

    @Test func anUnsampledSendSaysSo() throws {
        let bench = Bench(sampler: .alwaysOff)
        let sent = bench.queue.publish(bench.queue.message())
        let header = try #require(sent.header("traceparent").first)
        #expect(header.hasSuffix("-02") || header.hasSuffix("-00"))
        #expect(TraceParent.parse(header)?.isSampled == false)
        #expect(bench.spans.isEmpty)
    }

    @Test func withoutATracerTheActiveContextIsPassedOn() async throws {
        let bench = Bench()
        let context = try #require(TraceParent.parse(authored))
        let sent = await TracingBackend.disabled.withBackend {
            TraceSpan(propagating: context).withActive { bench.queue.publish(bench.queue.message()) }
        }
        #expect(sent.header("traceparent") == [authored])
        #expect(bench.spans.isEmpty)
    }

    @Test func withoutATracerAndContextNothingIsTouched() async {
        let bench = Bench()
        var message = bench.queue.message()
        message.isForwarded = true
        message.add("traceparent", authored)
        let copy = message
        let sent = await TracingBackend.disabled.withBackend { bench.queue.publish(copy) }
        #expect(sent.header("traceparent") == [authored])
    }

    @Test(arguments: [(66, [String]()), (65, []), (67, ["traceparent"]), (90, ["traceparent", "tracestate"])])
    func headersStayWithinTheRoomOfTheMessage(room: Int, expected: [String]) async {
        let bench = Bench()
        var message = bench.queue.message()
        // 55 bytes and the name take 66; a tracestate of 4 bytes and its name 14; baggage does not fit in any.
        message.headerRoom = room == 66 ? 65 : room == 67 ? 66 : room
        let parent = SpanContext(
            traceID: IDGenerator.traceID(), spanID: IDGenerator.spanID(), traceFlags: .sampled,
            traceState: TraceState(parsing: "ab=1")!)
        var baggage = Baggage()
        baggage.set("user", String(repeating: "x", count: 40))
        let copy = message
        let sent = ActiveContext.current.with(span: TraceSpan(propagating: parent)).with(baggage: baggage).withActive {
            bench.queue.publish(copy)
        }
        #expect(sent.headers.map(\.name) == expected)
    }

    @Test func baggageTravelsUnlessItMayNot() {
        for injects in [true, false] {
            let bench = Bench { $0.injectsBaggage = injects }
            var baggage = Baggage()
            baggage.set("user", "ann")
            let sent = ActiveContext.current.with(baggage: baggage).withActive {
                bench.queue.publish(bench.queue.message())
            }
            #expect(sent.header("baggage") == (injects ? ["user=ann"] : []))
        }
    }

    /// `OTEL_PROPAGATORS`: what is written, and whether a batch of one carries it as well.
    @Test(
        arguments: [
            ([.traceContext, .baggage], ["traceparent", "baggage"]), ([.traceContext], ["traceparent"]),
            ([.baggage], ["baggage"]), ([], []),
        ] as [(TextMapPropagator.Formats, [String])])
    func onlyThePropagatedFormatsAreWritten(formats: TextMapPropagator.Formats, expected: [String]) {
        let bench = Bench(propagator: TextMapPropagator(formats))
        var baggage = Baggage()
        baggage.set("user", "ann")
        ActiveContext.current.with(baggage: baggage).withActive {
            #expect(bench.queue.publish(bench.queue.message()).headers.map(\.name) == expected)
            bench.queue.publish([bench.queue.message()])
        }
        #expect(bench.queue.all.map { $0.headers.map(\.name) } == [expected, expected])
        #expect(bench.spans.count == 3)
    }

    /// `OTEL_SDK_DISABLED` changes nothing of it.
    @Test(
        arguments: [
            ([.traceContext, .baggage], ["traceparent", "baggage"]), ([.traceContext], ["traceparent"]),
            ([.baggage], ["baggage"]), ([], []),
        ] as [(TextMapPropagator.Formats, [String])])
    func withoutATracerOnlyThePropagatedFormatsAreWritten(
        formats: TextMapPropagator.Formats, expected: [String]
    ) async throws {
        let bench = Bench()
        let span = TraceSpan(propagating: try #require(TraceParent.parse(authored)))
        var baggage = Baggage()
        baggage.set("user", "ann")
        await TracingBackend.disabled(propagating: formats).withBackend {
            ActiveContext.current.with(span: span).with(baggage: baggage).withActive {
                bench.queue.publish([bench.queue.message()])
                #expect(bench.queue.publish(bench.queue.message()).headers.map(\.name) == expected)
            }
        }
        #expect(bench.queue.all.map { $0.headers.map(\.name) } == [expected, expected])
        #expect(bench.spans.isEmpty)
    }

    @Test func aFormatThatIsNotPropagatedIsNotTouched() {
        let bench = Bench(propagator: TextMapPropagator([]))
        var message = bench.queue.message()
        for header in ["traceparent", "traceparent"] { message.add(header, authored) }
        message.add("baggage", "user=ann")
        let sent = bench.queue.publish(message)
        #expect(sent.header("traceparent") == [authored, authored] && sent.header("baggage") == ["user=ann"])
        #expect(bench.span("send orders").links.isEmpty)
    }

    @Test func aFailedSendIsAnError() {
        let bench = Bench()
        var message = bench.queue.message()
        bench.queue.instrumentation.startSend(&message)
            .fail(OperationFailure(errorType: "FULL", description: "no room"))
        let span = bench.span("send orders")
        #expect(span.status == .error("no room"))
        #expect(span.attributes["error.type"] == "FULL")
        let sent = bench.metrics.points(named: "messaging.client.sent.messages")
        #expect(sent.count == 1)
        #expect(sent[0].value == .int(1))
        #expect(sent[0].attributes["error.type"] == "FULL")
    }

    @Test func aBatchWithAFailureIsAnErrorAndCountsEachMessage() {
        let bench = Bench()
        var messages = (0..<3).map { bench.queue.message("\($0)") }
        let operation = bench.queue.instrumentation.startBatchSend(&messages)
        operation.end(failures: [1: OperationFailure(errorType: "FULL", description: "no room")])
        let span = bench.span("send orders")
        #expect(span.status == .error("no room"))
        #expect(span.kind == .client)
        #expect(span.links.count == 3)
        let sent = bench.metrics.points(named: "messaging.client.sent.messages")
        #expect(sent.count == 2)
        #expect(sent.first { $0.attributes["error.type"] == nil }?.value == .int(2))
        #expect(sent.first { $0.attributes["error.type"] == "FULL" }?.value == .int(1))
    }

    @Test func aMixedBatchLinksAuthorsContextsAndStaysAProducerWithoutCreateSpans() {
        let bench = Bench { $0.createSpans = false }
        var messages = [bench.queue.message(), bench.queue.message()]
        messages[0].add("traceparent", authored)
        bench.queue.instrumentation.startBatchSend(&messages).end(failures: [:])
        let span = bench.span("send orders")
        #expect(bench.spans.count == 1)
        #expect(span.kind == .producer)
        #expect(span.links.map { TraceParent.string($0.context) } == [authored])
        #expect(messages[0].header("traceparent") == [authored])
        #expect(messages[1].header("traceparent") == [TraceParent.string(span.context)])
    }

    @Test func anEmptyBatchIsNothingToSend() {
        let bench = Bench()
        var messages: [QueueMessage] = []
        bench.queue.instrumentation.startBatchSend(&messages).end(failures: [:])
        #expect(bench.spans.isEmpty)
    }
}
