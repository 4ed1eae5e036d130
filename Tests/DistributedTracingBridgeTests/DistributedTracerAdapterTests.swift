#if DistributedTracing
import InMemoryTracing
import Testing
import Tracing
import TracingCore

@testable import DistributedTracingBridge

@Suite struct ExternalDistributedTracerTests {
    let memory = InMemoryTracer()
    let speaker = W3CTracer()
    var backend: TracingBackend { .distributedTracing(memory) }
    var w3cBackend: TracingBackend { .distributedTracing(speaker) }

    @Test func anotherLibrarysSpansAndOursAreOneChain() async throws {
        await memory.withSpan("request") { _ in
            await backend.withSpan("send") { _ in
                await memory.withSpan("http") { _ in
                    backend.startSpan("inner").end()
                    await Task {}.value
                }
            }
        }
        let spans = memory.spans
        #expect(spans["request"]?.parentSpanID == nil)
        #expect(spans["send"]?.parentSpanID == spans["request"]?.spanID)
        #expect(spans["http"]?.parentSpanID == spans["send"]?.spanID)
        #expect(spans["inner"]?.parentSpanID == spans["http"]?.spanID)
        #expect(Set(memory.finishedSpans.map(\.spanContext.traceID)).count == 1)
    }

    @Test func everyOperationReachesTheirSpan() throws {
        let span = backend.startSpan(
            "first", kind: .consumer,
            attributes: [
                "string": "s", "int": 1, "double": 0.5, "bool": true, "strings": ["a"], "ints": [1], "doubles": [1.5],
                "bools": [false], "bytes": .bytes([255]), "mixed": [1, "x", .bytes([1]), [true]],
                "map": .map(["b": 2.5, "a": .map([:])]),
            ], at: Timestamp(nanosecondsSinceEpoch: 10))
        #expect(span.isRecording)
        span.updateName("work")
        span.setAttribute("late", "yes")
        span.addEvent("half", attributes: ["n": 1], at: Timestamp(nanosecondsSinceEpoch: 15))
        span.recordError(Trouble(), attributes: ["attempt": 3], at: Timestamp(nanosecondsSinceEpoch: 16))
        span.setStatus(.unset)
        span.setStatus(.error("no"))
        span.end(at: Timestamp(nanosecondsSinceEpoch: 20))
        #expect(!span.isRecording)
        span.end(at: Timestamp(nanosecondsSinceEpoch: 30))
        span.setAttribute("too late", "yes")

        let finished = try #require(memory.spans["work"])
        #expect(memory.finishedSpans.count == 1)
        #expect(finished.kind == .consumer)
        #expect(finished.startInstant.nanosecondsSinceEpoch == 10)
        #expect(finished.endInstant.nanosecondsSinceEpoch == 20)
        #expect(
            finished.attributes == [
                "string": "s", "int": 1, "double": 0.5, "bool": true, "strings": .stringArray(["a"]),
                "ints": .int64Array([1]), "doubles": .doubleArray([1.5]), "bools": .boolArray([false]),
                "bytes": "/w==", "mixed": #"[1,"x","AQ==",[true]]"#, "map": #"{"a":{},"b":2.5}"#, "late": "yes",
            ])
        #expect(
            finished.events == [
                SpanEvent(name: "half", at: Timestamp(nanosecondsSinceEpoch: 15), attributes: ["n": 1])
            ])
        #expect(finished.errors.map { "\($0.error)" } == ["out of coffee"])
        #expect(finished.errors.first?.attributes == ["attempt": 3])
        #expect(finished.errors.first?.instant.nanosecondsSinceEpoch == 16)
        #expect(finished.status == SpanStatus(code: .error, message: "no"))
    }

    @Test(arguments: TraceSpan.Kind.allCases)
    func kinds(kind: TraceSpan.Kind) throws {
        backend.startSpan("work", kind: kind).end()
        #expect(TraceSpan.Kind(try #require(memory.spans["work"]).kind) == kind)
    }

    @Test func linksKeepOrderAndAttributes() throws {
        let external = try #require(backend.externalTracer)
        var extracted: [ActiveContext?] = []
        var producers: [String] = []
        for number in 0..<300 {
            let producer = backend.startSpan("send \(number)", parent: .root)
            extracted.append(external.extract(external.inject(producer.activeContext)))
            producer.end()
            producers.append(try #require(memory.finishedSpans.last).spanID)
        }
        let links = SpanLinks((0..<300).map { TraceSpan.Link(.invalid, attributes: ["offset": .int($0)]) })
        let process = backend.startSpan(
            "process", parent: .root, links: links.with(externalContexts: extracted), linkLimit: 300)
        process.end()
        let finished = try #require(memory.spans["process"])
        #expect(finished.links.map { $0.context.inMemorySpanContext?.spanID } == producers)
        #expect(finished.links.map { $0.attributes.get("offset") } == (0..<300).map { .int64($0) })
    }

    @Test func linksOfOursAreReadBackByWhoSpeaksW3C() throws {
        let link = TraceSpan.Link(w3c(7, 8), attributes: ["why": "retry"])
        let span = w3cBackend.startSpan("work", links: [link])
        span.addLink(TraceSpan.Link(w3c(9, 10)))
        span.end()
        let links = try #require(speaker.spans["work"]).links
        #expect(links.map { $0.context.inMemorySpanContext?.spanID } == ["0000000000000008", "000000000000000a"])
        #expect(links.first?.attributes == ["why": "retry"])
        // Whoever does not finds our own key.
        backend.startSpan("work", links: [link]).end()
        #expect(memory.spans["work"]?.links.map { ActiveContext($0.context).spanContext } == [w3c(7, 8)])
    }

    @Test func parents() throws {
        memory.withSpan("request") { _ in
            let sibling = backend.startSpan("sibling")
            backend.startSpan("nephew", parent: .context(sibling.activeContext)).end()
            sibling.end()
            backend.startSpan("root", parent: .root).end()
        }
        let spans = memory.spans
        #expect(spans["nephew"]?.parentSpanID == spans["sibling"]?.spanID)
        #expect(spans["root"]?.parentSpanID == nil)
        #expect(spans["root"]?.spanContext.traceID != spans["request"]?.spanContext.traceID)
        speaker.withSpan("request") { _ in
            w3cBackend.startSpan("child", parent: .span(w3c(7, 8))).end()
            w3cBackend.startSpan("orphan", parent: .span(.invalid)).end()
        }
        #expect(speaker.spans["child"]?.parentSpanID == "0000000000000008")
        #expect(speaker.spans["child"]?.spanContext.traceID == "00000000000000070000000000000007")
        #expect(speaker.spans["orphan"]?.parentSpanID == nil)
    }

    @Test func rootsKeepBaggageAndOtherLibrariesKeys() {
        var context = ServiceContext.topLevel
        context.requestID = "r-1"
        var baggage = Baggage()
        baggage["user"] = "ada"
        ActiveContext(context).with(baggage: baggage).withActive {
            memory.withSpan("request") { _ in
                let root = backend.startSpan("root", parent: .root)
                root.withActive {
                    #expect(ServiceContext.current?.requestID == "r-1")
                    #expect(ActiveContext.current.baggage["user"] == "ada")
                    memory.withSpan("inside") { _ in }
                }
                root.end()
            }
        }
        #expect(memory.spans["root"]?.parentSpanID == nil)
        #expect(memory.spans["inside"]?.parentSpanID == memory.spans["root"]?.spanID)
    }

    @Test func aSpanFromElsewhereIsTheParentInBothAPIs() async throws {
        let stored = StoredTraceContext(w3c(7, 8))
        await w3cBackend.withBackend {
            await TraceSpan(propagating: stored.spanContext!).withActive {
                #expect(ActiveContext.current.spanContext == w3c(7, 8))
                w3cBackend.startSpan("ours").end()
                await speaker.withSpan("theirs") { _ in
                    w3cBackend.startSpan("inside").end()
                    await Task {}.value
                }
            }
        }
        #expect(speaker.spans["ours"]?.parentSpanID == "0000000000000008")
        #expect(speaker.spans["theirs"]?.parentSpanID == "0000000000000008")
        #expect(speaker.spans["inside"]?.parentSpanID == speaker.spans["theirs"]?.spanID)
    }

    @Test func identityInW3CTermsWhereThereIsOne() throws {
        let span = w3cBackend.startSpan("work")
        span.end()
        let finished = try #require(speaker.spans["work"])
        #expect(span.context.traceID.description == finished.spanContext.traceID)
        #expect(span.context.spanID.description == finished.spanID)
        #expect(span.context.isSampled && !span.context.isRemote)
        span.withActive { #expect(ActiveContext.current.spanContext == span.context) }

        // Nobody asks, nobody pays: `InMemoryTracer` records each injection.
        let silent = backend.startSpan("work", attributes: ["a": 1], links: [TraceSpan.Link(w3c(1, 2))])
        silent.withActive { silent.end() }
        #expect(memory.performedContextInjections.isEmpty)
        #expect(!silent.context.isValid && silent.activeContext.spanContext == nil)
        #expect(memory.performedContextInjections.count == 1)
    }

    @Test func storedContextsKnowAnotherLibrarysSpan() async throws {
        let stored = await w3cBackend.withBackend {
            await speaker.withSpan("request") { _ in
                await Task {}.value
                return StoredTraceContext.current
            }
        }
        let request = try #require(speaker.spans["request"])
        #expect(stored.traceparent == "00-\(request.spanContext.traceID)-\(request.spanID)-01")
        #expect(w3cBackend.spanContext(in: .none) == nil)
        #expect(backend.spanContext(in: .current) == nil)
    }

    @Test func headersGoOutAndComeIn() throws {
        let external = try #require(w3cBackend.externalTracer)
        var baggage = Baggage()
        baggage["user"] = "ada"
        let headers = ActiveContext.none.with(baggage: baggage).withActive {
            let span = w3cBackend.startSpan("send")
            defer { span.end() }
            return external.inject(span.activeContext)
        }
        let send = try #require(speaker.spans["send"])
        #expect(headers.map(\.name) == ["traceparent", "baggage"])
        #expect(headers.map(\.value) == ["00-\(send.spanContext.traceID)-\(send.spanID)-01", "user=ada"])

        let stale = (name: "traceparent", value: TraceParent.string(w3c(7, 8)))
        let broken = (name: "traceparent", value: "rubbish")
        let extracted = try #require(external.extract([stale] + headers + [broken, (name: "baggage", value: "b=2")]))
        #expect(extracted.spanContext?.spanID.description == send.spanID)
        #expect(extracted.serviceContext.inMemorySpanContext?.spanID == send.spanID)
        #expect(extracted.baggage.entries.map(\.key) == ["user", "b"])
        #expect(external.extract([(name: "other", value: "x")]) == nil)
        #expect(external.inject(.none).isEmpty)
    }

    @Test func baggageIsNoSpan() {
        var baggage = Baggage()
        baggage["user"] = "ada"
        #expect(!w3cBackend.hasSpan(ActiveContext.none.with(baggage: baggage)))
        speaker.withSpan("request") { _ in
            let active = ActiveContext.current
            #expect(w3cBackend.hasSpan(active))
            #expect(w3cBackend.isSameSpan(active, active.with(baggage: baggage)))
            #expect(!w3cBackend.isSameSpan(active, .none))
            speaker.withSpan("inner") { _ in #expect(!w3cBackend.isSameSpan(active, .current)) }
        }
    }

    @Test func theCoreItselfIsNoDetour() {
        let core = CoreFixture()
        #expect(TracingBackend.distributedTracing(core.instrument).tracerProvider === core.provider)
    }

    /// One test for all that is bootstrapped, since a process can do so only once.
    @Test func whateverIsBootstrapped() throws {
        let early = TracingBackend.distributedTracing
        #expect(!early.startSpan("too early").isRecording)
        InstrumentationSystem.bootstrap(MultiplexInstrument([RequestIDInstrument(), speaker]))
        for backend in [early, .distributedTracing] {
            let span = backend.startSpan("work", attributes: ["a": 1])
            span.end()
            #expect(speaker.memory.finishedSpans.last?.attributes == ["a": 1])
            // Other instruments write headers as well; they make no span.
            let external = try #require(backend.externalTracer)
            var context = span.activeContext.serviceContext
            context.requestID = "r-1"
            let headers = external.inject(ActiveContext(context))
            #expect(Set(headers.map(\.name)) == ["traceparent", "x-request-id"])
            #expect(external.extract(headers)?.serviceContext.requestID == "r-1")
            #expect(external.extract([(name: "x-request-id", value: "r-1")]) == nil)
            context = .topLevel
            context.requestID = "r-1"
            #expect(!backend.hasSpan(ActiveContext(context)))
        }
        #expect(BootstrappedTracer.shared.tracer === BootstrappedTracer.shared.tracer)
    }

    @Test func bodiesKeepTheCallersIsolation() async throws {
        actor Counter {
            var count = 0
            func countInside(_ backend: TracingBackend) async throws {
                await backend.withSpan("ours") { _ in
                    await Task.yield()
                    count += 1
                }
            }
        }
        let counter = Counter()
        try await counter.countInside(backend)
        #expect(await counter.count == 1)
    }
}
#endif
