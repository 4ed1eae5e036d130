import TestSupport
import Testing
import TracingCore

@Suite struct SpanParentTests {
    private let tracing = MemoryTracing()

    @Test func withoutAParentASpanIsARoot() throws {
        let span = tracing.backend.startSpan("root")
        span.end()
        let data = try #require(tracing.spans.first)
        #expect(data.parent == nil)
        #expect(data.context == span.context)
        #expect(data.context.isValid && !data.context.isRemote)
        #expect(data.kind == .internal)
        #expect(data.context.traceFlags == [.sampled, .random])
    }

    @Test func theActiveSpanIsTheParent() throws {
        let parent = tracing.backend.startSpan("parent")
        let child = parent.withActive { tracing.backend.startSpan("child") }
        child.end()
        #expect(child.context.traceID == parent.context.traceID)
        #expect(child.context.spanID != parent.context.spanID)
        #expect(tracing.span("child")?.parent == parent.context)
    }

    @Test func aRootIgnoresTheActiveSpan() {
        let outer = tracing.backend.startSpan("outer")
        let root = outer.withActive { tracing.backend.startSpan("root", parent: .root) }
        root.end()
        #expect(root.context.traceID != outer.context.traceID)
        #expect(tracing.span("root")?.parent == nil)
    }

    @Test func anExplicitParentBeatsTheActiveOne() {
        var remote = validContext
        remote.traceState.set("vendor", "1")
        let outer = tracing.backend.startSpan("outer")
        let child = outer.withActive { tracing.backend.startSpan("child", parent: .span(remote)) }
        child.end()
        #expect(child.context.traceID == remote.traceID)
        #expect(child.context.traceState == remote.traceState)
        #expect(!child.context.isRemote)
        #expect(tracing.span("child")?.parent == remote)
        let rooted = outer.withActive { tracing.backend.startSpan("rooted", parent: .context(.none)) }
        #expect(rooted.context.traceID != outer.context.traceID)
    }

    @Test func anInvalidParentMeansARoot() {
        let span = tracing.backend.startSpan("span", parent: .span(.invalid))
        span.end()
        #expect(tracing.spans.first?.parent == nil)
        #expect(span.context.isValid)
    }

    @Test func anEndedSpanMayHaveChildren() {
        let parent = tracing.backend.startSpan("parent")
        parent.end()
        let child = parent.withActive { tracing.backend.startSpan("child") }
        child.end()
        #expect(tracing.span("child")?.parent == parent.context)
    }

    /// The random flag belongs to the trace: made with it, kept as received, never claimed for ids of another source.
    @Test(arguments: [TraceFlags.sampled, [.sampled, .random]])
    func theRandomFlagIsKeptAsReceived(flags: TraceFlags) {
        var remote = validContext
        remote.traceFlags = flags
        #expect(tracing.backend.startSpan("child", parent: .span(remote)).context.traceFlags == flags)
    }

    @Test func idsFromElsewhereAreNotCalledRandom() {
        let source = SeededIDSource(seed: 1)
        let seeded = MemoryTracing(identifiers: source)
        let expected = SeededIDSource(seed: 1)
        let span = seeded.backend.startSpan("root")
        #expect(span.context.traceFlags == .sampled)
        #expect(span.context.traceID == expected.traceID())
        #expect(span.context.spanID == expected.spanID())
    }

    @Test func flagsThatLevelTwoDoesNotKnowAreNotPassedOn() {
        var remote = validContext
        remote.traceFlags = TraceFlags(rawValue: 0xFF)
        #expect(tracing.backend.startSpan("c", parent: .span(remote)).context.traceFlags == [.sampled, .random])
    }
}

@Suite struct DroppedSpanTests {
    @Test func aDroppedSpanHasAContextAndItsChildrenFollow() {
        let tracing = MemoryTracing(sampler: .parentBased(root: .alwaysOff))
        let root = tracing.backend.startSpan("root")
        #expect(root.context.isValid && !root.context.isSampled)
        #expect(root.context.traceFlags == .random)
        #expect(!root.isRecording)
        let child = root.withActive { tracing.backend.startSpan("child") }
        #expect(child.context.traceID == root.context.traceID)
        #expect(child.context.spanID != root.context.spanID)
        #expect(!child.context.isSampled)
        child.addEvent("ignored")
        child.setAttribute("ignored", 1)
        child.end()
        root.end()
        #expect(tracing.spans.isEmpty)
    }

    @Test func recordOnlyReachesProcessorsButNoExporter() throws {
        let processor = CountingProcessor()
        let tracing = MemoryTracing(
            sampler: .custom(FixedRule(SamplingResult(.recordOnly, attributes: ["by": "rule"]))),
            processors: [processor])
        let span = tracing.backend.startSpan("span")
        #expect(span.isRecording && !span.context.isSampled)
        span.end()
        #expect(tracing.spans.isEmpty)
        let ended = try #require(processor.ended.first)
        #expect(processor.startCount == 1 && processor.ended.count == 1)
        #expect(ended.data().attributes == ["by": "rule"])
    }

    @Test func aSamplersTraceStateReplacesTheParents() {
        var remote = validContext
        remote.traceState.set("vendor", "1")
        for (state, expected) in [(nil, remote.traceState), (TraceState(), TraceState())] {
            let tracing = MemoryTracing(
                sampler: .custom(FixedRule(SamplingResult(.recordAndSample, traceState: state))))
            #expect(tracing.backend.startSpan("s", parent: .span(remote)).context.traceState == expected)
        }
    }
}

@Suite struct SpanLifeTests {
    private let tracing = MemoryTracing()

    @Test func allThatIsSetIsExported() throws {
        let start = Timestamp(nanosecondsSinceEpoch: 1_000)
        let linked = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        let span = tracing.backend.startSpan(
            "first name", kind: .producer, attributes: ["a": 1], links: [TraceSpan.Link(linked)], at: start)
        span.updateName("name")
        span.setAttribute("b", "x")
        span.setAttribute("b", nil)
        span.setAttributes(["a": 2, "c": true])
        span.addEvent("event", attributes: ["e": 1], at: Timestamp(nanosecondsSinceEpoch: 1_500))
        span.addLink(TraceSpan.Link(validContext, attributes: ["l": 1]))
        span.setStatus(.error("why"))
        span.end(at: Timestamp(nanosecondsSinceEpoch: 2_000))

        let data = try #require(tracing.spans.first)
        #expect(data.name == "name" && data.kind == .producer)
        #expect(data.attributes == ["a": 2, "b": "x", "c": true])
        #expect(
            data.events
                == [.init(name: "event", attributes: ["e": 1], time: Timestamp(nanosecondsSinceEpoch: 1_500))])
        #expect(data.links == [TraceSpan.Link(linked), TraceSpan.Link(validContext, attributes: ["l": 1])])
        #expect(data.status == .error("why"))
        #expect(data.duration == .nanoseconds(1_000))
        #expect(data.scope == .application)
    }

    @Test func afterTheEndNothingCounts() throws {
        let processor = CountingProcessor()
        let tracing = MemoryTracing(processors: [processor])
        let span = tracing.backend.startSpan("name")
        span.end(at: Timestamp(nanosecondsSinceEpoch: .max))
        #expect(!span.isRecording)
        let before = try #require(tracing.spans.first)
        span.updateName("other")
        span.setAttribute("a", 1)
        span.setAttributes(["a": 1])
        span.addEvent("event")
        span.recordError(Failure())
        span.addLink(TraceSpan.Link(validContext))
        span.setStatus(.ok)
        span.end()
        span.end(at: nil, adding: Attribute("a", 1), status: .ok)
        #expect(tracing.spans.count == 1)
        let after = try #require(processor.ended.first).data()
        #expect(after.name == before.name && after.attributes.isEmpty && after.events.isEmpty && after.links.isEmpty)
        #expect(after.status == .unset && after.endTime == before.endTime)
    }

    @Test func anEndBeforeTheStartIsTheStart() throws {
        let span = tracing.backend.startSpan("span", at: Timestamp(nanosecondsSinceEpoch: 500))
        span.end(at: Timestamp(nanosecondsSinceEpoch: 400))
        #expect(try #require(tracing.spans.first).endTime == Timestamp(nanosecondsSinceEpoch: 500))
    }

    @Test func theLastFactsComeWithTheEnd() throws {
        let span = tracing.backend.startSpan("span", attributes: ["a": 1])
        span.end(at: nil, adding: Attribute("b", 2), Attribute("c", 3), status: .error("no"))
        let data = try #require(tracing.spans.first)
        #expect(data.attributes == ["a": 1, "b": 2, "c": 3])
        #expect(data.status == .error("no"))
    }

    static let statuses: [([TraceSpan.Status], TraceSpan.Status)] = [
        ([], .unset), ([.unset], .unset), ([.ok], .ok), ([.error("a")], .error("a")),
        ([.error("a"), .error("b")], .error("b")), ([.error("a"), .unset], .error("a")),
        ([.error("a"), .ok], .ok), ([.ok, .error("a")], .ok), ([.ok, .unset], .ok),
    ]

    @Test(arguments: statuses)
    func statusesHaveAnOrder(set: [TraceSpan.Status], expected: TraceSpan.Status) throws {
        let span = tracing.backend.startSpan("span")
        for status in set { span.setStatus(status) }
        span.end()
        #expect(try #require(tracing.spans.first).status == expected)
    }

    @Test func anErrorIsAnEvent() throws {
        let span = tracing.backend.startSpan("span")
        span.recordError(Failure(), attributes: ["exception.message": "mine", "x": 1])
        span.end()
        let data = try #require(tracing.spans.first)
        let event = try #require(data.events.first)
        #expect(event.name == "exception")
        #expect(event.attributes["exception.type"] == "TracingCoreTests.Failure")
        #expect(event.attributes["exception.message"] == "mine" && event.attributes["x"] == 1)
        #expect(data.status == .unset)
    }

    @Test func afterShutdownContextsArePassedOn() async {
        let before = tracing.backend.startSpan("before")
        #expect(await tracing.provider.shutdown(timeout: .seconds(120)))
        let after = tracing.backend.startSpan("after", parent: .span(validContext))
        #expect(after.context == validContext && !after.isRecording)
        #expect(tracing.backend.startSpan("root").context == .invalid)
        before.end()
        #expect(tracing.spans.isEmpty)
        #expect(tracing.provider.lostSpans == [.alreadyShutdown: 1])
        #expect(await tracing.provider.shutdown(timeout: .seconds(120)))
    }
}

@Suite struct NoBackendTests {
    @Test func theParentIsPassedOnUnchanged() {
        let span = TracingBackend.disabled.startSpan("span", parent: .span(validContext))
        #expect(span.context == validContext && !span.isRecording)
        let child = span.withActive { TracingBackend.disabled.startSpan("child") }
        #expect(child.context == validContext)
        #expect(TracingBackend.disabled.startSpan("root", parent: .root).context == .invalid)
        #expect(TracingBackend.disabled.startSpan("nothing").context == .invalid)
        #expect(!TracingBackend.disabled.isObserving && !TracingBackend.disabled.meterProvider.isEnabled)
    }
}
