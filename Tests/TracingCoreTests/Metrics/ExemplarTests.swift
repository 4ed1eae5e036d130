import TestSupport
import Testing
import TracingCore

private let scope = InstrumentationScope(name: "test")

private func span(_ id: UInt64, isSampled: Bool = true) -> SpanContext {
    SpanContext(
        traceID: TraceID(high: 7, low: id), spanID: SpanID(id), traceFlags: isSampled ? [.sampled] : [])
}

struct ExemplarTests {
    private let reader = InMemoryMetricReader()
    private let delta = InMemoryMetricReader(temporality: .delta)

    private func provider(_ filter: ExemplarFilter = .traceBased, views: [MetricView] = []) -> MeterProvider {
        MeterProvider(readers: [reader, delta], views: views, exemplarFilter: filter, log: NoLogSink())
    }

    @Test func bucketLeadsToItsTrace() throws {
        let histogram = provider().histogram(name: "h", scope: scope, boundaries: [1, 10])
        let bound = histogram.bind()
        let before = Timestamp.now
        bound.record(0.5, context: span(1))
        bound.record(5, context: span(2))
        histogram.record(50, context: span(3))
        bound.record(500, context: span(4, isSampled: false))
        let exemplars = try #require(reader.points(named: "h").first).exemplars
        #expect(exemplars.map(\.value) == [.double(0.5), .double(5), .double(50)])
        #expect(exemplars.map(\.spanID) == [SpanID(1), SpanID(2), SpanID(3)])
        #expect(exemplars.map(\.traceID.low) == [1, 2, 3])
        #expect(exemplars.allSatisfy { $0.time >= before && $0.time <= .now })
    }

    @Test func activeSpanIsTheDefault() throws {
        let memory = MemoryTracing()
        let counter = provider().counter(name: "c", scope: scope)
        let span = memory.backend.startSpan("work", scope: scope)
        span.activeContext.withActive { counter.add(3) }
        counter.add(4)
        let exemplars = try #require(reader.points(named: "c").first).exemplars
        #expect(exemplars.map(\.value) == [.int(3)])
        #expect(exemplars.map(\.spanID) == [span.context.spanID])
    }

    @Test(arguments: [(ExemplarFilter.alwaysOn, 3), (.alwaysOff, 0), (.traceBased, 1)])
    func filterDecidesByTheSpan(filter: ExemplarFilter, expected: Int) throws {
        let histogram = provider(filter).histogram(name: "h", scope: scope, boundaries: [1, 2])
        histogram.record(1, context: span(1))
        histogram.record(2, context: span(2, isSampled: false))
        histogram.record(3)
        let exemplars = try #require(reader.points(named: "h").first).exemplars
        #expect(exemplars.count == expected)
        if filter == .alwaysOn { #expect(exemplars.map(\.spanID) == [SpanID(1), SpanID(2), .invalid]) }
    }

    @Test func deltaExemplarsAreToldOnce() throws {
        let counter = provider().counter(name: "c", scope: scope)
        counter.add(1, context: span(1))
        #expect(delta.points(named: "c").first?.exemplars.map(\.spanID) == [SpanID(1)])
        counter.add(1, context: .invalid)
        #expect(delta.points(named: "c").first?.exemplars == [])
        #expect(reader.points(named: "c").first?.exemplars.map(\.spanID) == [SpanID(1)])
        counter.add(1, context: span(2))
        #expect(delta.points(named: "c").first?.exemplars.map(\.spanID) == [SpanID(2)])
    }

    @Test func laterMeasurementsAreKeptAsOftenAsFirstOnes() throws {
        var kept: [UInt64: Int] = [:]
        for round in 0..<400 {
            let reader = InMemoryMetricReader()
            let histogram = MeterProvider(readers: [reader], log: NoLogSink())
                .histogram(name: "h", scope: scope, boundaries: [])
            for number in 1...4 {
                histogram.record(1, context: span(UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(round) << 20))
            }
            let exemplar = try #require(reader.points(named: "h").first?.exemplars.first)
            for number in 1...4
            where exemplar.spanID.value == UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(round) << 20 {
                kept[UInt64(number), default: 0] += 1
            }
        }
        #expect(kept.count == 4)
        #expect(kept.values.allSatisfy { $0 > 50 && $0 < 150 })
    }

    @Test func viewKeepsRemovedAttributesOnExemplars() throws {
        let view = MetricView(.init(instrumentName: "h"), .init(excludedAttributes: ["user"]))
        let histogram = provider(views: [view]).histogram(name: "h", scope: scope, boundaries: [1])
        histogram.record(1, attributes: ["a": 1, "user": "x"], context: span(1))
        histogram.bind(["user": "y", "a": 1]).record(2, context: span(2))
        let point = try #require(reader.points(named: "h").first)
        #expect(point.attributes == ["a": 1])
        #expect(point.exemplars.map(\.filteredAttributes) == [["user": "x"], ["user": "y"]])
    }
}
