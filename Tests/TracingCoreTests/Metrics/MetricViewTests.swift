import TestSupport
import Testing

@testable import TracingCore

private let scope = InstrumentationScope(name: "test", version: "1", schemaURL: "https://schema/1")

struct MetricViewTests {
    private let reader = InMemoryMetricReader()
    private let log = RecordingLogSink()

    private func provider(_ views: MetricView...) -> MeterProvider {
        MeterProvider(readers: [reader], views: views, log: log)
    }

    // MARK: Selection

    @Test(arguments: [
        ("*", "any", true), ("any", "any", true), ("a?y", "any", true), ("a?", "any", false), ("*n*", "any", true),
        ("messaging.*.duration", "messaging.process.duration", true), ("messaging.*", "http.x", false),
        ("**a*b", "xaxb", true), ("*ab", "aab", true), ("", "a", false), ("?", "", false),
    ])
    func wildcardMatches(pattern: String, text: String, matches: Bool) {
        #expect(Wildcard(pattern).matches(text) == matches)
    }

    static let selectors: [(MetricView.Selector, Bool)] = [
        (.init(), true), (.init(instrumentName: "C"), true), (.init(instrumentName: "d"), false),
        (.init(instrumentType: .counter), true), (.init(instrumentType: .gauge), false),
        (.init(unit: "By"), true), (.init(unit: ""), false), (.init(meterName: "test"), true),
        (.init(meterName: "other"), false), (.init(meterVersion: "1"), true), (.init(meterVersion: "2"), false),
        (.init(meterSchemaURL: "https://schema/1"), true), (.init(meterSchemaURL: "x"), false),
        (.init(instrumentName: "c", unit: "s"), false),
    ]

    @Test(arguments: selectors) func selectorNeedsAllCriteria(selector: MetricView.Selector, matches: Bool) {
        provider(MetricView(selector, .init(aggregation: .drop))).counter(name: "c", unit: "By", scope: scope).add(1)
        #expect(reader.collect().isEmpty == matches)
    }

    // MARK: Streams

    @Test func viewRenamesAndDescribes() {
        let view = MetricView(.init(instrumentName: "c"), .init(name: "renamed", description: "other"))
        provider(view).counter(name: "c", description: "d", scope: scope).add(1)
        #expect(reader.collect().map(\.name) == ["renamed"])
        #expect(reader.collect().map(\.description) == ["other"])
    }

    @Test func viewOfSeveralInstrumentsDoesNotRename() {
        let provider = provider(MetricView(.init(instrumentName: "c*"), .init(name: "renamed")))
        provider.counter(name: "c1", scope: scope).add(1)
        provider.counter(name: "c2", scope: scope).add(1)
        #expect(reader.collect().map(\.name) == ["c1", "c2"])
        #expect(log.entries.count == 2)
    }

    @Test func severalViewsGiveSeveralStreams() {
        let provider = provider(
            MetricView(.init(instrumentName: "c"), .init(name: "all")),
            MetricView(.init(instrumentName: "c"), .init(name: "one", includedAttributes: [])))
        let counter = provider.counter(name: "c", scope: scope)
        counter.bind(["a": 1]).add(1)
        counter.add(2, attributes: ["a": 2])
        #expect(reader.points(named: "all").map(\.int) == [1, 2])
        #expect(reader.points(named: "one").map(\.int) == [3])
        #expect(log.entries.isEmpty)
    }

    @Test func attributeKeysAreKeptOrRemoved() {
        let provider = provider(
            MetricView(.init(instrumentName: "kept"), .init(includedAttributes: ["a", "server.*"])),
            MetricView(.init(instrumentName: "removed"), .init(excludedAttributes: ["server.*"])),
            MetricView(.init(instrumentName: "both"), .init(includedAttributes: ["*"], excludedAttributes: ["a"])))
        let attributes: Attributes = ["a": 1, "b": 2, "server.port": 3]
        for name in ["kept", "removed", "both"] {
            provider.counter(name: name, scope: scope).add(1, attributes: attributes)
        }
        #expect(reader.points(named: "kept").map(\.attributes) == [["a": 1, "server.port": 3]])
        #expect(reader.points(named: "removed").map(\.attributes) == [["a": 1, "b": 2]])
        #expect(reader.points(named: "both").map(\.attributes) == [["b": 2, "server.port": 3]])
    }

    @Test func viewSetsTheLimit() {
        let counter = provider(MetricView(.init(instrumentName: "c"), .init(cardinalityLimit: 1)))
            .counter(name: "c", scope: scope)
        for value in 0..<3 { counter.add(1, attributes: ["v": .int(value)]) }
        #expect(reader.points(named: "c").map(\.int) == [1, 2])
    }

    // MARK: Aggregation

    @Test func viewSetsBuckets() {
        let view = MetricView(
            .init(instrumentName: "h"),
            .init(aggregation: .explicitBucketHistogram(boundaries: [5], recordsMinMax: false)))
        provider(view).histogram(name: "h", scope: scope).record(7)
        #expect(
            reader.points(named: "h").first?.histogram
                == HistogramValue(bounds: [5], bucketCounts: [0, 1], count: 1, sum: 7, min: nil, max: nil))
    }

    @Test func viewTurnsHistogramIntoSum() {
        provider(MetricView(.init(instrumentName: "h"), .init(aggregation: .sum)))
            .histogram(name: "h", scope: scope).record(1.5)
        #expect(reader.collect().map(\.kind) == [.sum(isMonotonic: true)])
        #expect(reader.points(named: "h").map(\.double) == [1.5])
    }

    @Test func aggregationThatDoesNotFitIsIgnored() {
        provider(MetricView(.init(instrumentName: "g"), .init(aggregation: .sum))).gauge(name: "g", scope: scope)
            .record(1)
        #expect(reader.collect().map(\.kind) == [.gauge])
        #expect(log.entries.count == 1)
    }

    @Test func sumOfAHistogramIgnoresNegativeValues() {
        let provider = provider(MetricView(.init(), .init(aggregation: .sum)))
        let histogram = provider.histogram(name: "h", scope: scope)
        histogram.record(5)
        for value in [-2, .nan] { histogram.bind().record(value) }
        histogram.record(-2)
        let integers = provider.intHistogram(name: "i", scope: scope)
        integers.record(5)
        integers.bind().record(-2)
        integers.record(-2)
        #expect(reader.points(named: "h").map(\.double) == [5])
        #expect(reader.points(named: "i").map(\.int) == [5])
    }

    @Test func dropSparesTheInstrument() {
        let provider = provider(MetricView(.init(), .init(aggregation: .drop)))
        let counter = provider.counter(name: "c", scope: scope)
        counter.bind().add(1)
        #expect(!counter.isEnabled)
        provider.observableGauge(of: Int64.self, name: "g", scope: scope) { _ in Issue.record("dropped") }
        #expect(reader.collect().isEmpty)
    }

    @Test func readersMayPreferDifferentHistograms() {
        let exponential = InMemoryMetricReader(
            temporality: .delta, histogramAggregation: .base2ExponentialBucketHistogram)
        let provider = MeterProvider(readers: [reader, exponential], log: log)
        let bound = provider.histogram(name: "h", scope: scope).bind()
        for round in 1...2 {
            bound.record(1)
            #expect(reader.collect().map(\.kind) == [.histogram])
            #expect(reader.points(named: "h").first?.histogram?.count == UInt64(round))
            #expect(exponential.collect().map(\.kind) == [.exponentialHistogram])
        }
        #expect(log.entries.isEmpty)
    }
}
