import TestSupport
import Testing
import TracingCore

@Suite struct SpanLimitsTests {
    private func record(
        _ change: (inout SpanLimits) -> Void, attributes: Attributes = [:], links: SpanLinks = .none,
        linkLimit: Int? = nil, _ body: (TraceSpan) -> Void = { _ in }
    ) throws -> SpanData {
        var limits = SpanLimits()
        change(&limits)
        let tracing = MemoryTracing(limits: limits)
        let span = tracing.backend.startSpan("span", attributes: attributes, links: links, linkLimit: linkLimit)
        body(span)
        span.end()
        return try #require(tracing.spans.first)
    }

    private func numbered(_ count: Int) -> Attributes { Attributes((0..<count).map { Attribute("k\($0)", .int($0)) }) }

    @Test func theDefaultsAreTheSpecifications() {
        let limits = SpanLimits()
        #expect(limits.attributeCount == 128 && limits.eventCount == 128 && limits.linkCount == 128)
        #expect(limits.attributesPerEvent == 128 && limits.attributesPerLink == 128)
        #expect(limits.attributeValueLength == nil && limits.attributeValueDepth == 64)
    }

    @Test func attributesOverTheLimitAreCounted() throws {
        let data = try record({ $0.attributeCount = 3 }, attributes: numbered(2)) { span in
            span.setAttribute("k2", 2)
            span.setAttribute("k3", 3)
            span.setAttributes(["k0": "again", "k4": 4])
            span.end(at: nil, adding: Attribute("last", 5))
        }
        #expect(data.attributes == ["k0": "again", "k1": 1, "k2": 2])
        #expect(data.droppedAttributesCount == 3)
    }

    @Test func attributesOfTheStartAreLimitedToo() throws {
        let data = try record({ $0.attributeCount = 2 }, attributes: numbered(5))
        #expect(data.attributes == ["k0": 0, "k1": 1])
        #expect(data.droppedAttributesCount == 3)
        let shared = AttributeSet(numbered(3))
        let onShared = try record({ $0.attributeCount = 2 }, attributes: Attributes(on: shared))
        #expect(onShared.attributes == ["k0": 0, "k1": 1] && onShared.droppedAttributesCount == 1)
    }

    @Test(arguments: [0, -1]) func aLimitOfNothingKeepsNothing(limit: Int) throws {
        let data = try record(
            {
                $0.attributeCount = limit
                $0.eventCount = limit
                $0.linkCount = limit
                $0.attributeValueLength = limit
            }, attributes: ["a": "text"], links: [TraceSpan.Link(validContext)]
        ) { span in
            span.setAttribute("b", 1)
            span.addEvent("event")
            span.addLink(TraceSpan.Link(validContext))
        }
        #expect(data.attributes.isEmpty && data.events.isEmpty && data.links.isEmpty)
        #expect(data.droppedAttributesCount == 2 && data.droppedEventsCount == 1 && data.droppedLinksCount == 2)
    }

    static let lengths: [(AttributeValue, AttributeValue)] = [
        ("abc", "abc"), ("abcd", "abc"), ("äöüß", "äöü"), ("äöü", "äöü"), ("👍👍👍👍", "👍👍👍"), (1234, 1234), (true, true),
        (.bytes([1, 2, 3, 4]), .bytes([1, 2, 3])), (.bytes([1]), .bytes([1])),
        (["abcd", 1, ["abcd"]], ["abc", 1, ["abc"]]),
        (.map(["long key": "abcd"]), .map(["long key": "abc"])),
    ]

    @Test(arguments: lengths) func valuesAreCutToTheirLength(value: AttributeValue, expected: AttributeValue) throws {
        let data = try record({ $0.attributeValueLength = 3 }, attributes: ["start": value]) { span in
            span.setAttribute("late", value)
            span.addEvent("event", attributes: ["e": value])
            span.addLink(TraceSpan.Link(validContext, attributes: ["l": value]))
        }
        #expect(data.attributes == ["start": expected, "late": expected])
        #expect(data.events.first?.attributes == ["e": expected])
        #expect(data.links.first?.attributes == ["l": expected])
        #expect(data.droppedAttributesCount == 0)
    }

    @Test func valuesAreCutToTheirDepth() throws {
        let deep: AttributeValue = [1, [2, [3, [4]]], .map(["a": .map(["b": .map(["c": 1])])])]
        let data = try record({ $0.attributeValueDepth = 2 }, attributes: ["deep": deep, "flat": [1, 2]])
        #expect(data.attributes["deep"] == [1, [2, []], .map(["a": .map([:])])])
        #expect(data.attributes["flat"] == [1, 2])
    }

    @Test func sixtyFourLevelsAreKeptByDefault() throws {
        func nested(_ levels: Int) -> AttributeValue { (1..<levels).reduce([]) { value, _ in .array([value]) } }
        let data = try record({ _ in }, attributes: ["64": nested(64), "66": nested(66)])
        #expect(data.attributes["64"] == nested(64))
        #expect(data.attributes["66"] == nested(65))
    }

    @Test func eventsAndTheirAttributesAreLimited() throws {
        let data = try record({
            $0.eventCount = 2
            $0.attributesPerEvent = 1
        }) { span in
            for index in 0..<5 { span.addEvent("e\(index)", attributes: numbered(index)) }
        }
        #expect(data.events.map(\.name) == ["e0", "e1"] && data.droppedEventsCount == 3)
        #expect(data.events.map(\.droppedAttributesCount) == [0, 0])
        let wide = try record({ $0.attributesPerEvent = 1 }) { $0.addEvent("e", attributes: numbered(3)) }
        #expect(wide.events.first?.attributes == ["k0": 0] && wide.events.first?.droppedAttributesCount == 2)
    }

    @Test func attributesOfLinksAreLimited() throws {
        let link = TraceSpan.Link(validContext, attributes: numbered(3))
        let data = try record({ $0.attributesPerLink = 1 }, links: [link]) { $0.addLink(link) }
        #expect(data.links.map(\.attributes) == [["k0": 0], ["k0": 0]])
        #expect(data.links.map(\.droppedAttributesCount) == [2, 2])
        let packed = try record({ $0.attributesPerLink = 1 }, links: SpanLinks(NumberLinks(1...2)))
        #expect(packed.links.map(\.attributes) == [["n": 1], ["n": 2]])
        #expect(packed.links.map(\.droppedAttributesCount) == [1, 1])
    }
}

@Suite struct SpanLinkLimitTests {
    private let links = (1...5).map { TraceSpan.Link(NumberLinks.context($0)) }

    private func record(
        _ tracing: MemoryTracing, _ links: SpanLinks, linkLimit: Int? = nil, late: Int = 0
    ) throws -> SpanData {
        let span = tracing.backend.startSpan("span", links: links, linkLimit: linkLimit)
        for number in 0..<late { span.addLink(TraceSpan.Link(NumberLinks.context(UInt64(100 + number)))) }
        span.end()
        return try #require(tracing.spans.last)
    }

    private func tracing(limit: Int) -> MemoryTracing {
        var limits = SpanLimits()
        limits.linkCount = limit
        return MemoryTracing(limits: limits)
    }

    @Test func linksOverTheLimitAreCountedOnSpanAndMetricAndLoggedOnce() throws {
        let tracing = tracing(limit: 3)
        for given in [SpanLinks(links), SpanLinks(NumberLinks(1...5))] {
            let data = try record(tracing, given, late: 2)
            #expect(data.links.map(\.context) == links.prefix(3).map(\.context))
            #expect(data.droppedLinksCount == 4)
        }
        #expect(tracing.metrics.points(named: "spanlink.span.links.dropped").map(\.value) == [.int(8)])
        #expect(tracing.log.entries.count == 1)
        #expect(tracing.log.entries.first?.metadata == ["dropped": "4"])
    }

    @Test(arguments: [(0, 7), (4, 3), (5, 2), (6, 1), (7, 0), (100, 0)])
    func aSpanMayAskForItsOwnLimit(limit: Int, dropped: Int) throws {
        let data = try record(tracing(limit: 3), SpanLinks(links), linkLimit: limit, late: 2)
        #expect(data.droppedLinksCount == dropped)
        #expect(data.links.count == 7 - dropped)
    }

    @Test func aLinkThatSaysNothingIsDroppedWithoutCount() throws {
        var stateOnly = SpanContext.invalid
        stateOnly.traceState.set("a", "1")
        let given = [
            TraceSpan.Link(.invalid), TraceSpan.Link(.invalid, attributes: ["a": 1]), TraceSpan.Link(stateOnly),
            TraceSpan.Link(validContext),
        ]
        let tracing = MemoryTracing()
        let atStart = try record(tracing, SpanLinks(given))
        #expect(atStart.links == Array(given.dropFirst()) && atStart.droppedLinksCount == 0)

        let span = tracing.backend.startSpan("late")
        for link in given { span.addLink(link) }
        span.end()
        #expect(tracing.span("late")?.links == Array(given.dropFirst()))

        #expect(try record(tracing, SpanLinks(.invalid)).links.isEmpty)
        #expect(try record(tracing, SpanLinks(validContext)).links == [TraceSpan.Link(validContext)])
        #expect(try record(tracing, SpanLinks(NumberLinks([0, 1], hasAttributes: false))).links.count == 1)
        #expect(try record(tracing, SpanLinks(NumberLinks([0, 1]))).links.map(\.attributes["n"]) == [0, 1])
    }

    @Test func packedLinksReadAsACollection() {
        let links = SpanLinks(NumberLinks(1...3))
        #expect(links.map(\.context) == (1...3).map(NumberLinks.context))
        #expect(links.context(at: 1) == NumberLinks.context(2))
        #expect(SpanLinks.none.isEmpty && SpanLinks(validContext).first?.context == validContext)
    }
}
