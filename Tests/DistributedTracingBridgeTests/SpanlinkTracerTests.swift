#if DistributedTracing
import DistributedTracingBridge
import SpanlinkRuntime
import Testing
import Tracing
import TracingCore

@Suite struct CoreInstrumentTests {
    let core = CoreFixture()

    @Test func anotherLibrarysSpansAndOursAreOneChain() async throws {
        await core.instrument.withSpan("request") { _ in
            await core.backend.withSpan("send") { _ in
                await core.instrument.withSpan("http") { _ in
                    core.backend.startSpan("inner").end()
                    await Task {}.value
                }
            }
        }
        let spans = core.spans
        let request = try #require(spans["request"])
        #expect(request.parent == nil)
        #expect(spans["send"]?.parent == request.context)
        #expect(spans["http"]?.parent == spans["send"]?.context)
        #expect(spans["inner"]?.parent == spans["http"]?.context)
        #expect(request.scope.name == "swift-distributed-tracing")
        #expect(spans["send"]?.scope == .application)
    }

    @Test(arguments: [
        (SpanKind.internal, TraceSpan.Kind.internal), (.server, .server), (.client, .client), (.producer, .producer),
        (.consumer, .consumer),
    ])
    func kinds(theirs: SpanKind, ours: TraceSpan.Kind) {
        core.instrument.startSpan("work", ofKind: theirs).end()
        #expect(core.spans["work"]?.kind == ours)
    }

    @Test func timesOfAnyInstant() throws {
        let span = core.instrument.startSpan("work", at: Instant(nanosecondsSinceEpoch: 1_000))
        span.addEvent(SpanEvent(name: "half", at: Instant(nanosecondsSinceEpoch: 1_500), attributes: ["n": 1]))
        span.end(at: Instant(nanosecondsSinceEpoch: 2_000))
        span.end(at: Instant(nanosecondsSinceEpoch: 3_000))
        let data = try #require(core.spans["work"])
        #expect(data.startTime == Timestamp(nanosecondsSinceEpoch: 1_000))
        #expect(data.endTime == Timestamp(nanosecondsSinceEpoch: 2_000))
        #expect(
            data.events == [
                TraceSpan.Event(name: "half", attributes: ["n": 1], time: Timestamp(nanosecondsSinceEpoch: 1_500))
            ])
        #expect(core.exporter.finishedSpans.count == 1)
    }

    @Test func attributesOfAllTypes() {
        let span = core.instrument.startSpan("work")
        span.updateAttributes { attributes in
            attributes["int32"] = Int32(-1)
            attributes["int64"] = Int64.max
            attributes["int"] = 7
            attributes["double"] = 1.5
            attributes["bool"] = true
            attributes["string"] = "text"
            attributes.set("custom", value: .stringConvertible(Trouble()))
            attributes["int32s"] = [Int32(1), 2]
            attributes["int64s"] = [Int64(3)]
            attributes["ints"] = [4, 5]
            attributes["doubles"] = [0.5]
            attributes["floats"] = [Float(0.25)]
            attributes["bools"] = [true, false]
            attributes["strings"] = ["a", "b"]
            attributes.set("customs", value: .stringConvertibleArray([Trouble(), 1]))
        }
        span.end()
        #expect(
            core.spans["work"]?.attributes == [
                "int32": -1, "int64": .int(Int64.max), "int": 7, "double": 1.5, "bool": true, "string": "text",
                "custom": "out of coffee", "int32s": [1, 2], "int64s": [3], "ints": [4, 5], "doubles": [0.5],
                "floats": [0.25],
                "bools": [true, false], "strings": ["a", "b"], "customs": ["out of coffee", "1"],
            ])
    }

    @Test func attributesAreReadReplacedAndRemoved() {
        let span = core.instrument.startSpan("work")
        span.attributes["z"] = "first"
        span.attributes["a"] = 2
        span.traceSpan.setAttribute("bytes", .bytes([1, 2, 3]))
        span.traceSpan.setAttribute("map", .map(["k": .array([1, "x"])]))
        #expect(span.attributes.get("z") == .string("first"))
        #expect(span.attributes.get("a") == .int64(2))
        #expect(span.attributes.get("bytes") == .string("AQID"))
        #expect(span.attributes.get("map") == .string(#"{"k":[1,"x"]}"#))
        span.attributes["a"] = nil
        span.attributes["z"] = "last"
        span.end()
        span.attributes["late"] = 1
        // In the order in which they were set, and what they cannot say untouched.
        #expect(core.spans["work"]?.attributes.map(\.key) == ["z", "bytes", "map"])
        #expect(core.spans["work"]?.attributes["z"] == "last")
        #expect(core.spans["work"]?.attributes["bytes"] == .bytes([1, 2, 3]))
        #expect(core.spans["work"]?.attributes["map"] == .map(["k": .array([1, "x"])]))
    }

    @Test func errorsAsEvents() throws {
        let span = core.instrument.startSpan("work")
        span.recordError(Trouble(), attributes: ["attempt": 3], at: Instant(nanosecondsSinceEpoch: 5))
        span.end()
        let event = try #require(core.spans["work"]?.events.first)
        #expect(event.name == "exception")
        #expect(event.attributes["exception.message"] == "out of coffee")
        #expect(event.attributes["exception.type"] == .string(String(reflecting: Trouble.self)))
        #expect(event.attributes["attempt"] == 3)
        #expect(event.time == Timestamp(nanosecondsSinceEpoch: 5))
        #expect(core.spans["work"]?.status == .unset)
    }

    @Test func throwingBodiesFailTheirSpan() {
        #expect(throws: Trouble.self) { try core.instrument.withSpan("work") { _ in throw Trouble() } }
        #expect(core.spans["work"]?.events.map(\.name) == ["exception"])
        // Since 1.4 their `withSpan` sets the status as well.
        #expect(core.spans["work"]?.status != .ok)
    }

    @Test func statusNameAndLinks() throws {
        let other = core.instrument.startSpan("other")
        let span = core.instrument.startSpan("work")
        #expect(span.operationName == "work")
        span.operationName = "better name"
        #expect(span.operationName == "better name")
        span.setStatus(SpanStatus(code: .error, message: "no"))
        span.addLink(other, attributes: ["why": "retry"])
        var remote = ServiceContext.topLevel
        core.instrument.extract(
            ["traceparent": TraceParent.string(w3c(7, 8))], into: &remote, using: DictionaryAccess())
        span.addLink(SpanLink(context: remote, attributes: [:]))
        span.end()
        let data = try #require(core.spans["better name"])
        #expect(data.status == .error("no"))
        #expect(
            data.links == [
                TraceSpan.Link(other.traceSpan.context, attributes: ["why": "retry"]), TraceSpan.Link(w3c(7, 8)),
            ])
        let fine = core.instrument.startSpan("fine")
        fine.setStatus(SpanStatus(code: .ok))
        fine.setStatus(SpanStatus(code: .error))
        fine.end()
        #expect(core.spans["fine"]?.status == .ok)
    }

    @Test func droppedSpansPassTheirContextOn() throws {
        let core = CoreFixture(sampler: .alwaysOff)
        let span = core.instrument.startSpan("work")
        #expect(!span.isRecording)
        span.operationName = "other"
        span.attributes["a"] = 1
        #expect(span.operationName == "work")
        #expect(span.attributes.isEmpty)
        let context = try #require(ActiveContext(span.context).spanContext)
        #expect(!context.isSampled)
        var headers: [String: String] = [:]
        core.instrument.inject(span.context, into: &headers, using: DictionaryAccess())
        #expect(headers == ["traceparent": TraceParent.string(context)])
        let child = core.instrument.startSpan("child", context: span.context)
        #expect(ActiveContext(child.context).spanContext?.traceID == context.traceID)
    }

    @Test func headersGoOutAndComeIn() throws {
        var context = ServiceContext.topLevel
        context.requestID = "r-1"
        let headers = [
            "traceparent": "00-00000000000000070000000000000007-0000000000000008-01", "tracestate": "a=1,b=2",
            "baggage": "user=ada", "other": "x",
        ]
        core.instrument.extract(headers, into: &context, using: DictionaryAccess())
        let active = ActiveContext(context)
        #expect(context.requestID == "r-1")
        #expect(active.spanContext?.isRemote == true)
        #expect(active.baggage["user"] == "ada")
        core.instrument.startSpan("child", context: context).end()
        let child = try #require(core.spans["child"])
        #expect(child.parent == active.spanContext)
        var written: [String: String] = [:]
        core.instrument.inject(context, into: &written, using: DictionaryAccess())
        #expect(written == headers.filter { $0.key != "other" })

        // Nothing valid in the carrier: what is known stays.
        core.instrument.extract(["traceparent": "rubbish"], into: &context, using: DictionaryAccess())
        #expect(ActiveContext(context).spanContext == active.spanContext)
    }

    @Test func baggageOfOursReachesTheirChildrenAndBack() {
        var baggage = Baggage()
        baggage["user"] = "ada"
        ActiveContext.none.with(baggage: baggage).withActive {
            core.instrument.withSpan("request") { span in
                #expect(ActiveContext.current.baggage["user"] == "ada")
                var headers: [String: String] = [:]
                core.instrument.inject(span.context, into: &headers, using: DictionaryAccess())
                #expect(headers["baggage"] == "user=ada")
            }
        }
    }

    @Test func rootsKeepBaggageAndOtherLibrariesKeys() {
        var context = ServiceContext.topLevel
        context.requestID = "r-1"
        var baggage = Baggage()
        baggage["user"] = "ada"
        ActiveContext(context).with(baggage: baggage).withActive {
            core.instrument.withSpan("request") { _ in
                let root = core.backend.startSpan("job", parent: .root)
                root.withActive {
                    #expect(ServiceContext.current?.requestID == "r-1")
                    #expect(ActiveContext.current.baggage["user"] == "ada")
                    #expect(ActiveContext.current.spanContext == root.context)
                }
                #expect(ActiveContext.current.root.serviceContext.requestID == "r-1")
                #expect(ActiveContext.current.root.spanContext == nil)
                root.end()
                core.instrument.startSpan("their root", context: .topLevel).end()
            }
        }
        #expect(core.spans["job"]?.parent == nil)
        #expect(core.spans["their root"]?.parent == nil)
        #expect(core.spans["job"]?.context.traceID != core.spans["request"]?.context.traceID)
    }

    @Test func activeSpansAreFound() {
        let span = core.instrument.startSpan("work")
        core.instrument.activeSpan(identifiedBy: span.context)?.attributes["found"] = true
        span.end()
        #expect(core.spans["work"]?.attributes == ["found": true])
        #expect(core.instrument.activeSpan(identifiedBy: span.context) == nil)
        #expect(core.instrument.activeSpan(identifiedBy: .topLevel) == nil)
    }

    @Test func aTaskTreesBackendTakesTheirSpans() async {
        let test = CoreFixture()
        await test.backend.withBackend {
            await core.instrument.withSpan("request") { _ in await Task {}.value }
        }
        #expect(test.spans["request"] != nil)
        #expect(core.exporter.finishedSpans.isEmpty)
    }

    @Test func forceFlushReachesTheProcessors() async {
        struct Flushed: SpanProcessor {
            let signal: AsyncStream<Void>.Continuation
            func onEnd(_ span: RecordingSpan) {}
            func forceFlush(deadline: ContinuousClock.Instant) async -> Bool {
                signal.yield()
                return true
            }
            func shutdown(deadline: ContinuousClock.Instant) async -> Bool { true }
        }
        let (flushes, signal) = AsyncStream<Void>.makeStream()
        SpanlinkTracer(TracerProvider(processors: [Flushed(signal: signal)])).forceFlush()
        var iterator = flushes.makeAsyncIterator()
        #expect(await iterator.next() != nil)
    }

    @Test func bodiesKeepTheCallersIsolation() async throws {
        actor Counter {
            var count = 0
            func countInside(_ core: CoreFixture) async throws {
                ActiveContext.none.withActive { count += 1 }
                await core.backend.withSpan("ours") { _ in
                    count += 1
                    await core.instrument.withSpan("theirs") { _ in
                        await Task.yield()
                        count += 1
                    }
                }
            }
        }
        let counter = Counter()
        try await counter.countInside(core)
        #expect(await counter.count == 3)
        #expect(core.spans["theirs"]?.parent == core.spans["ours"]?.context)
    }
}
#endif
