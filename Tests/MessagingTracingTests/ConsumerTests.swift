import MessagingTracing
import TestSupport
import Testing
import TracingCore

@Suite struct ConsumerTests {
    @Test func aLoopMadeInsideASpanDoesNotHangItsMessagesOnThatSpan() async throws {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        try await bench.backend.withSpan("request") { _ in
            let loop = ConsumerLoop()
            try await bench.queue.process(sent, in: loop) {}
            try await bench.queue.process([sent], in: loop) {}
        }
        let processes = bench.spans.filter { $0.kind == .consumer }
        #expect(processes.count == 2)
        #expect(processes.allSatisfy { $0.parent == nil && $0.links.count == 1 })
        #expect(Set(bench.spans.map(\.context.traceID)).count == 4)
    }

    @Test func aSpanThatBecameActiveInsideTheLoopIsTheParent() async throws {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        let loop = ConsumerLoop()
        try await bench.backend.withSpan("request") { _ in try await bench.queue.process(sent, in: loop) {} }
        #expect(bench.span("process orders").parent?.spanID == bench.span("request").context.spanID)
        #expect(bench.span("process orders").links.count == 1)
    }

    @Test func withoutALoopWhatIsActiveIsTheParent() async throws {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        try await bench.backend.withSpan("request") { _ in
            bench.queue.receive([sent], isBatch: true)
            try await bench.queue.process([sent]) {}
        }
        let request = bench.span("request").context.spanID
        #expect(bench.span("receive orders").parent?.spanID == request)
        #expect(bench.span("process orders").parent?.spanID == request)
        #expect(bench.span("process orders").links.map(\.context.spanID) == [bench.span("send orders").context.spanID])
    }

    @Test func theProducerAsParentIsStillLinkedAsIsTheSpanAround() async throws {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        let send = bench.span("send orders").context.spanID
        try await bench.queue.process(sent, parent: .producer, in: ConsumerLoop()) {}
        #expect(bench.span("process orders").parent?.spanID == send)
        #expect(bench.span("process orders").links.map(\.context.spanID) == [send])
        bench.exporter.reset()
        let loop = ConsumerLoop()
        try await bench.backend.withSpan("request") { _ in
            try await bench.queue.process(sent, parent: .producer, in: loop) {}
        }
        #expect(bench.span("process orders").parent?.spanID == send)
        #expect(
            bench.span("process orders").links.map(\.context.spanID) == [send, bench.span("request").context.spanID])
    }

    @Test func theHandlersErrorIsOnTheSpanAndRethrown() async {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        await #expect(throws: Failure.self) { try await bench.queue.process([sent]) { throw Failure() } }
        let span = bench.span("process orders")
        #expect(span.attributes["error.type"] == "MessagingTracingTests.Failure")
        #expect(span.status == .error("MessagingTracingTests.Failure"))
        let durations = bench.metrics.points(named: "messaging.process.duration")
        #expect(durations.count == 1)
        #expect(durations[0].attributes["error.type"] == "MessagingTracingTests.Failure")
    }

    @Test func baggageIsRestoredForOneMessageAndNotForABatch() async throws {
        let bench = Bench()
        var baggage = Baggage()
        baggage.set("user", "ann")
        let sent = ActiveContext.current.with(baggage: baggage).withActive {
            bench.queue.publish(bench.queue.message())
        }
        let one = try await bench.queue.process(sent) { ActiveContext.current.baggage["user"] }
        let batch = try await bench.queue.process([sent]) { ActiveContext.current.baggage["user"] }
        #expect(one == "ann")
        #expect(batch == nil)
    }

    @Test(arguments: [[.traceContext, .baggage], [.traceContext], [.baggage], []] as [TextMapPropagator.Formats])
    func onlyThePropagatedFormatsAreRead(formats: TextMapPropagator.Formats) async throws {
        let bench = Bench(propagator: TextMapPropagator(formats))
        var message = bench.queue.message()
        message.add("traceparent", authored)
        message.add("baggage", "user=ann")
        let user = try await bench.queue.process(message) { ActiveContext.current.baggage["user"] }
        #expect(user == (formats.contains(.baggage) ? "ann" : nil))
        _ = try await bench.queue.process([message]) {}
        let contexts = formats.contains(.traceContext) ? [TraceParent.parse(authored)] : []
        #expect(bench.spans.count == 2)
        for span in bench.spans {
            #expect(span.links.map(\.context.traceID) == contexts.map { $0?.traceID })
            #expect(span.parent == nil)
        }
    }

    @Test func aHandlerRunsInItsCallersIsolation() async throws {
        actor Ledger {
            var total = 0
            func settle(_ bench: Bench, _ message: QueueMessage) async throws {
                try await bench.queue.process(message) { total += 1 }
                try await bench.queue.process([message]) { total += 1 }
            }
        }
        let bench = Bench()
        let ledger = Ledger()
        try await ledger.settle(bench, bench.queue.publish(bench.queue.message()))
        #expect(await ledger.total == 2)
    }

    @Test func aBatchSpanHasALinkForEveryMessageAndCountsWhatIsOverTheBound() async throws {
        let bench = Bench { $0.maxLinksPerSpan = 400 }
        let sent = (0..<500).map { bench.queue.publish(bench.queue.message(id: "\($0)")) }
        try await bench.queue.process(sent) {}
        let span = bench.span("process orders")
        #expect(span.attributes["messaging.batch.message_count"] == 500)
        #expect(span.links.count == 400)
        #expect(span.droppedLinksCount == 100)
        #expect(span.links.map { $0.attributes["messaging.message.id"] } == (0..<400).map { .string("\($0)") })
        let dropped = bench.metrics.points(named: "spanlink.span.links.dropped")
        #expect(dropped.map(\.value) == [.int(100)])
    }

    @Test func messagesWithoutContextHaveALinkOnRequestOnly() async throws {
        for asked in [false, true] {
            let bench = Bench { $0.linksWithoutContext = asked }
            let sent = bench.queue.publish(bench.queue.message(id: "a"))
            try await bench.queue.process([bench.queue.message(id: "b"), sent]) {}
            let links = bench.span("process orders").links
            #expect(links.map { $0.attributes["messaging.message.id"] } == (asked ? ["b", "a"] : ["a"]))
            #expect(links.last?.context.isValid == true)
        }
    }

    @Test func anEmptyPullHasASpanOnRequestOnly() {
        for asked in [false, true] {
            let bench = Bench { $0.emptyReceiveSpans = asked }
            bench.queue.instrumentation.recordReceive(nil, from: bench.queue.channel, since: .now, isBatch: true)
            #expect(bench.spans.map(\.name) == (asked ? ["receive orders"] : []))
        }
    }

    @Test func aSettlementInsideAHandlerIsItsChild() async throws {
        let bench = Bench()
        let sent = bench.queue.publish(bench.queue.message())
        try await bench.queue.process(sent) {
            bench.queue.instrumentation.startSettle("ack", from: bench.queue.channel).succeed()
        }
        let settle = bench.span("ack orders")
        #expect(settle.kind == .client)
        #expect(settle.parent?.spanID == bench.span("process orders").context.spanID)
    }

    @Test func unsampledProducersAreSeenByALinkBasedSampler() async throws {
        let silent = Bench(sampler: .alwaysOff)
        let unsampled = silent.queue.publish(silent.queue.message())
        let sampled = Bench().queue.publish(Bench().queue.message())
        let bench = Bench(sampler: .parentBased(root: .linkBased(.any)))
        try await bench.queue.process([unsampled]) {}
        #expect(bench.spans.isEmpty)
        try await bench.queue.process([unsampled, sampled]) {}
        #expect(bench.spans.map(\.links.count) == [2])
    }

    @Test func deliveriesAreCountedOnceWithTheirTimeInQueue() throws {
        let bench = Bench(group: "g")
        let links = bench.links((0..<3).map { _ in bench.queue.publish(bench.queue.message()) })
        bench.queue.instrumentation.countDelivered(links)
        let consumed = bench.metrics.points(named: "messaging.client.consumed.messages")
        #expect(consumed.map(\.value) == [.int(3)])
        #expect(
            consumed[0].attributes == [
                "messaging.system": "memory", "messaging.operation.name": "process",
                "messaging.destination.name": "orders", "messaging.consumer.group.name": "g",
            ])
    }
}
