import TestSupport
import Testing
import TracingCore

private let scope = InstrumentationScope(name: "test", version: "1")

extension MetricPoint {
    var int: Int64? { if case .int(let value) = value { value } else { nil } }
    var double: Double? { if case .double(let value) = value { value } else { nil } }
    var histogram: HistogramValue? { if case .histogram(let value) = value { value } else { nil } }
}

struct MeterProviderTests {
    let reader = InMemoryMetricReader()
    let log = RecordingLogSink()

    private func provider(limit: Int = 2_000) -> MeterProvider {
        MeterProvider(readers: [reader], cardinalityLimit: limit, log: log)
    }

    @Test func boundAndUnboundCountIntoOneSeries() throws {
        let counter = provider().counter(name: "c", scope: scope)
        let bound = counter.bind(["a": 1, "b": 2])
        bound.add(2)
        counter.add(3, attributes: ["b": 2, "a": 1])
        counter.bind(["b": 2, "a": 1]).add(5)
        counter.add(1, attributes: ["a": 2])
        counter.add(1)
        let points = reader.points(named: "c")
        #expect(points.map(\.int) == [10, 1, 1])
        #expect(points.map(\.attributes) == [["a": 1, "b": 2], ["a": 2], [:]])
    }

    @Test func aCounterIgnoresNegativeAmountsAndAnUpDownCounterDoesNot() {
        let provider = provider()
        let counter = provider.counter(name: "c", scope: scope)
        let upDown = provider.upDownCounter(name: "u", scope: scope)
        counter.add(3)
        counter.add(-1)
        upDown.add(3)
        upDown.bind().add(-5)
        #expect(reader.points(named: "c").map(\.int) == [3])
        #expect(reader.points(named: "u").map(\.int) == [-2])
        #expect(reader.collect().map(\.kind) == [.sum(isMonotonic: true), .sum(isMonotonic: false)])
    }

    @Test func aSeriesIsThereFromItsFirstMeasurement() {
        let provider = provider()
        let counter = provider.counter(name: "c", scope: scope).bind()
        let histogram = provider.histogram(name: "h", scope: scope).bind()
        let gauge = provider.gauge(name: "g", scope: scope).bind()
        #expect(reader.collect().isEmpty)
        let before = Timestamp.now
        counter.add(0)
        histogram.record(0)
        gauge.record(-1.5)
        let metrics = reader.collect()
        #expect(metrics.map(\.name) == ["c", "h", "g"])
        #expect(metrics.flatMap(\.points).allSatisfy { $0.start >= before && $0.start <= $0.time })
        gauge.record(.nan)
        #expect(reader.points(named: "g").map(\.double) == [-1.5])
        gauge.clear()
        #expect(reader.points(named: "g").isEmpty)
        gauge.record(4)
        #expect(reader.points(named: "g").map(\.double) == [4])
    }

    @Test func theSameIdentityIsTheSameInstrument() {
        let provider = provider()
        let one = provider.counter(name: "Requests", unit: "1", scope: scope)
        let same = provider.counter(
            name: "requests", unit: "1", description: "d", scope: InstrumentationScope(name: "test", version: "1"))
        #expect(one === same)
        #expect(provider.counter(name: "Requests", unit: "1", scope: InstrumentationScope(name: "other")) !== one)
        #expect(log.entries.isEmpty)
    }

    @Test func aConflictIsLoggedOnceAndBothWork() {
        let provider = provider()
        provider.counter(name: "x", unit: "s", scope: scope).add(1)
        for _ in 0..<3 {
            provider.counter(name: "x", unit: "ms", scope: scope).add(2)
            provider.gauge(name: "x", unit: "s", scope: scope).record(3)
        }
        #expect(log.entries.map(\.metadata["unit"]) == ["ms", "s"])
        #expect(reader.collect().map(\.points.count) == [1, 1, 1])
        #expect(reader.collect().map { $0.points[0].int } == [1, 6, nil])
    }

    @Test(arguments: [
        ("a", "", 0), ("messaging.client.operation.duration", "s", 0), ("A_b-c/d.9", "{message}", 0),
        ("", "", 1), ("9a", "", 1), ("_a", "", 1), ("a b", "", 1), ("é", "", 1),
        (String(repeating: "a", count: 255), "", 0), (String(repeating: "a", count: 256), "", 1),
        ("a", "µs", 1), ("a", String(repeating: "u", count: 64), 1), ("a", String(repeating: "u", count: 63), 0),
    ])
    func namesAndUnitsAreChecked(name: String, unit: String, warnings: Int) {
        let provider = provider()
        for _ in 0..<2 { provider.counter(name: name, unit: unit, scope: scope).add(1) }
        #expect(log.entries.count == warnings)
        #expect(reader.points(named: name).map(\.int) == [2])
    }

    @Test func tooManySeriesCountIntoTheOverflowPoint() throws {
        let counter = provider(limit: 4).counter(name: "c", scope: scope)
        for value in 0..<10 { counter.add(1, attributes: ["v": .int(value)]) }
        counter.bind(["v": 99]).add(5)
        counter.add(10, attributes: ["v": 1])
        let points = reader.points(named: "c")
        #expect(points.map(\.int) == [1, 11, 1, 1, 11])
        #expect(points.last?.attributes == ["otel.metric.overflow": true])
        #expect(log.entries.map(\.metadata) == [["metric": "c", "limit": "4"]])
    }

    @Test(arguments: [-1, 0])
    func aLimitWithoutRoomHasTheOverflowPointAlone(limit: Int) {
        let counter = provider(limit: limit).counter(name: "c", scope: scope)
        counter.add(1)
        counter.add(1, attributes: ["a": 1])
        #expect(reader.points(named: "c").map(\.int) == [2])
    }

    @Test func callbacksRunBeforeACollection() {
        let provider = provider()
        let gauge = provider.gauge(name: "g", scope: scope)
        let counter = provider.counter(name: "runs", scope: scope)
        let callback = provider.onCollect {
            gauge.record(7)
            counter.add(1)
        }
        #expect(reader.points(named: "g").map(\.double) == [7])
        callback.cancel()
        #expect(reader.points(named: "runs").map(\.int) == [1])
    }

    @Test func theDisabledProviderDoesNothing() async {
        let provider = MeterProvider.noop
        #expect(!provider.isEnabled)
        let counter = provider.counter(name: "", scope: scope)
        #expect(!counter.isEnabled)
        counter.add(1)
        let histogram = provider.histogram(name: "h", scope: scope).bind()
        histogram.record(1)
        #expect(!histogram.isEnabled)
        provider.gauge(name: "g", scope: scope).record(1)
        provider.upDownCounter(name: "u", scope: scope).add(1)
        provider.onCollect {}.cancel()
        #expect(await provider.forceFlush())
        #expect(await provider.shutdown())
    }
}

struct MetricHistogramTests {
    let reader = InMemoryMetricReader()
    let log = RecordingLogSink()

    /// Upper bounds are inclusive (metrics data model, "Histogram").
    @Test(arguments: [
        (0, 0), (0.5, 1), (1, 1), (1.0.nextUp, 2), (2, 2), (4.9, 3), (5, 3), (5.0.nextUp, 4), (1e300, 4),
    ])
    func boundsAreInclusiveAbove(value: Double, bucket: Int) throws {
        let provider = MeterProvider(readers: [reader], log: log)
        provider.histogram(name: "h", scope: scope, boundaries: [0, 1, 2, 5]).record(value)
        var counts: [UInt64] = [0, 0, 0, 0, 0]
        counts[bucket] = 1
        #expect(
            reader.points(named: "h").first?.histogram
                == HistogramValue(
                    bounds: [0, 1, 2, 5], bucketCounts: counts, count: 1, sum: value, min: value, max: value))
    }

    @Test func everyBucketOfTheDefaultIsFoundAsALinearSearchWould() throws {
        let histogram = MeterProvider(readers: [reader], log: log).histogram(name: "h", scope: scope)
        let bounds = MetricHistogram.defaultBoundaries
        var expected = [UInt64](repeating: 0, count: bounds.count + 1)
        for _ in 0..<2_000 {
            let value = Bool.random() ? bounds.randomElement()! : Double.random(in: 0...12_000)
            expected[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            histogram.record(value)
        }
        #expect(reader.points(named: "h").first?.histogram?.bucketCounts == expected)
    }

    @Test func withoutBoundariesThereAreNoBuckets() {
        let histogram = MeterProvider(readers: [reader], log: log).histogram(name: "h", scope: scope, boundaries: [])
        histogram.record(3)
        histogram.record(1)
        #expect(
            reader.points(named: "h").first?.histogram
                == HistogramValue(bounds: [], bucketCounts: [], count: 2, sum: 4, min: 1, max: 3))
    }

    @Test(arguments: [-1, -.infinity, .infinity, Double.nan])
    func whatHasNoPlaceIsIgnored(value: Double) {
        let histogram = MeterProvider(readers: [reader], log: log).histogram(name: "h", scope: scope)
        histogram.record(value)
        #expect(reader.collect().isEmpty)
        histogram.record(-0.0)
        #expect(reader.points(named: "h").first?.histogram?.count == 1)
    }

    @Test func wrongBoundariesArePutInOrder() {
        let provider = MeterProvider(readers: [reader], log: log)
        provider.histogram(name: "h", scope: scope, boundaries: [5, 1, .nan, 5, .infinity]).record(2)
        #expect(reader.points(named: "h").first?.histogram?.bounds == [1, 5])
        #expect(log.entries.count == 1)
    }
}
