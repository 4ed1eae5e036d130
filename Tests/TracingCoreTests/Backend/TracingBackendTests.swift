import TestSupport
import Testing
import TracingCore

/// Tests that change the backend of the process: one after another.
@Suite(.processGlobals) struct GlobalBackendTests {
    @Test func theTaskTreeComesBeforeTheClientBeforeTheProcess() async {
        let (tree, client, global) = (MemoryTracing(), MemoryTracing(), MemoryTracing())
        let before = TracingBackend.global
        TracingBackend.global = global.backend
        defer { TracingBackend.global = before }

        func record(_ name: String, _ own: TracingBackend?) {
            TracingBackend.resolve(own, in: .current).startSpan(name).end()
        }
        record("global", nil)
        record("client", client.backend)
        await tree.backend.withBackend {
            record("tree", nil)
            record("tree beats client", client.backend)
            await withTaskGroup(of: Void.self) { group in group.addTask { record("child task", client.backend) } }
            TracingBackend.current.startSpan("current").end()
            await client.backend.withBackend { record("inner tree", nil) }
            await Task.detached { record("detached", nil) }.value
        }
        #expect(global.spans.map(\.name) == ["global", "detached"])
        #expect(client.spans.map(\.name) == ["client", "inner tree"])
        #expect(tree.spans.map(\.name) == ["tree", "tree beats client", "child task", "current"])
    }

    @Test func withoutAnyNothingIsRecorded() {
        let before = TracingBackend.global
        TracingBackend.global = .disabled
        defer { TracingBackend.global = before }
        #expect(!TracingBackend.current.isObserving)
        #expect(TracingBackend.current.tracerProvider == nil)
    }
}

@Suite struct ActiveContextTests {
    private let tracing = MemoryTracing()

    @Test func nothingIsActiveAtFirst() {
        #expect(ActiveContext.none.spanContext == nil && ActiveContext.none.baggage.isEmpty)
        #expect(!ActiveContext.none.span.context.isValid)
    }

    @Test func aRootKeepsBaggage() {
        var baggage = Baggage()
        baggage.set("k", "v")
        let span = tracing.backend.startSpan("span")
        let context = ActiveContext.none.with(baggage: baggage).with(span: span)
        #expect(context.spanContext == span.context)
        #expect(context.root.spanContext == nil && context.root.baggage == baggage)
        #expect(context.with(baggage: Baggage()).spanContext == span.context)
    }

    @Test func innerContextsCoverOuterOnes() async {
        let outer = tracing.backend.startSpan("outer")
        let inner = tracing.backend.startSpan("inner")
        await outer.withActive {
            #expect(ActiveContext.current.spanContext == outer.context)
            await inner.withActive {
                #expect(ActiveContext.current.spanContext == inner.context)
                ActiveContext.none.withActive { #expect(ActiveContext.current.spanContext == nil) }
                async let child = ActiveContext.current.spanContext
                #expect(await child == inner.context)
                #expect(await Task.detached { ActiveContext.current.spanContext }.value == nil)
            }
            #expect(ActiveContext.current.spanContext == outer.context)
        }
        #expect(ActiveContext.current.spanContext == nil)
    }

    @Test func theActiveSpanCanBeRecordedOn() throws {
        let span = tracing.backend.startSpan("span")
        span.withActive { ActiveContext.current.span.setAttribute("set", "inside") }
        span.end()
        #expect(try #require(tracing.spans.first).attributes == ["set": "inside"])
    }

    @Test func spansAreComparedByIdentity() {
        let (one, other) = (tracing.backend.startSpan("one"), tracing.backend.startSpan("other"))
        let backend = tracing.backend
        #expect(backend.isSameSpan(one.activeContext, ActiveContext.none.with(span: one)))
        #expect(!backend.isSameSpan(one.activeContext, other.activeContext))
        #expect(backend.isSameSpan(.none, .none) && !backend.isSameSpan(.none, one.activeContext))
        #expect(backend.hasSpan(one.activeContext) && !backend.hasSpan(.none))
    }
}

@Suite struct WithSpanTests {
    private let tracing = MemoryTracing()

    @Test func theSpanIsActiveAndEndsWithTheBody() async {
        let result = await tracing.backend.withSpan("outer", kind: .server, attributes: ["a": 1]) { outer in
            await tracing.backend.withSpan("inner") { _ in
                #expect(tracing.spans.isEmpty)
                #expect(ActiveContext.current.spanContext != outer.context)
            }
            #expect(ActiveContext.current.spanContext == outer.context)
            return 42
        }
        #expect(result == 42)
        #expect(tracing.spans.map(\.name) == ["inner", "outer"])
        #expect(tracing.span("inner")?.parent == tracing.span("outer")?.context)
        #expect(tracing.span("outer")?.attributes == ["a": 1] && tracing.span("outer")?.status == .unset)
    }

    @Test func anErrorIsRecordedAndRethrown() async throws {
        await #expect(throws: Failure()) {
            try await tracing.backend.withSpan("span") { _ in throw Failure() }
        }
        let data = try #require(tracing.spans.first)
        #expect(data.status == .error("TracingCoreTests.Failure"))
        #expect(data.events.map(\.name) == ["exception"])
        #expect(data.events.first?.attributes["exception.type"] == "TracingCoreTests.Failure")
    }

    @Test func linksMayBeAddedInside() async throws {
        await tracing.backend.withSpan("span", links: SpanLinks(validContext)) { span in
            span.addLink(TraceSpan.Link(NumberLinks.context(1)))
        }
        let data = try #require(tracing.spans.first)
        #expect(data.links.map(\.context) == [validContext, NumberLinks.context(1)])
        await tracing.backend.withSpan("limited", links: SpanLinks(NumberLinks(1...5)), linkLimit: 2) { _ in }
        #expect(tracing.span("limited")?.links.count == 2 && tracing.span("limited")?.droppedLinksCount == 3)
    }

    @Test func storedContextsAreLinked() async throws {
        let stored = (0..<300).map { StoredTraceContext(NumberLinks.context($0)) }
        await tracing.backend.withSpan("job", linkedTo: stored) { _ in }
        let data = try #require(tracing.spans.first)
        // Number 0 is no context; a span may hold more links than the default limit here.
        #expect(data.links.map(\.context.spanID.value) == (1..<300).map { UInt64($0) })
        #expect(data.links.allSatisfy { $0.context.isRemote })
        await tracing.backend.withSpan("bounded", linkedTo: stored, maxLinks: 200) { _ in }
        #expect(tracing.span("bounded")?.links.count == 200 && tracing.span("bounded")?.droppedLinksCount == 99)
    }

    @Test func theCurrentContextCanBeStored() async {
        #expect(StoredTraceContext.current.spanContext == nil)
        var baggage = Baggage()
        baggage.set("k", "v")
        let context = ActiveContext.none.with(baggage: baggage).with(span: TraceSpan(propagating: validContext))
        let stored = context.withActive { StoredTraceContext.current }
        #expect(stored.spanContext == validContext && stored.storedBaggage?["k"] == "v")
    }

    @Test func theBodyKeepsTheCallersIsolation() async {
        await Ledger().check(tracing.backend)
    }

    private actor Ledger {
        private var entries: [String] = []

        func check(_ backend: TracingBackend) async {
            // The actor's state is used from the body without a hop: this compiles only in its isolation.
            await backend.withSpan("span") { _ in
                self.entries.append("in span")
                self.preconditionIsolated()
            }
            await backend.startSpan("other").withActive {
                await Task.yield()
                self.entries.append("active")
                self.preconditionIsolated()
            }
            #expect(entries == ["in span", "active"])
        }
    }
}
