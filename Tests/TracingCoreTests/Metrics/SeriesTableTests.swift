import SpanlinkRuntime
import TestSupport
import Testing

@testable import TracingCore

private let scope = InstrumentationScope(name: "test")

struct SeriesTableTests {
    private let overflow: Attributes = ["otel.metric.overflow": true]

    private func counter(
        limit: Int = 2_000, _ readers: any MetricReader..., log: any LogSink = NoLogSink()
    ) -> MetricCounter {
        MeterProvider(readers: readers, cardinalityLimit: limit, log: log).counter(name: "c", scope: scope)
    }

    // MARK: Limit

    @Test(arguments: [3, 2_000]) func limitAdmitsExactlyThatManySeries(limit: Int) {
        let reader = InMemoryMetricReader()
        let counter = counter(limit: limit, reader)
        for value in 0..<limit { counter.add(1, attributes: ["v": .int(value)]) }
        #expect(reader.points(named: "c").count == limit)
        #expect(!reader.points(named: "c").contains { $0.attributes == overflow })
        counter.add(7, attributes: ["v": -1])
        #expect(reader.points(named: "c").count == limit + 1)
        #expect(reader.points(named: "c").last?.attributes == overflow)
        #expect(reader.points(named: "c").last?.int == 7)
    }

    // MARK: Forgetting

    @Test func deltaReaderForgetsSilentSeries() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let log = RecordingLogSink()
        let counter = counter(reader, log: log)
        for interval in 0..<5 {
            for value in 0..<1_900 { counter.add(1, attributes: ["interval": .int(interval), "v": .int(value)]) }
            let points = reader.points(named: "c")
            #expect(points.count == 1_900)
            #expect(points.allSatisfy { $0.attributes["interval"] == .int(Int64(interval)) && $0.int == 1 })
        }
        #expect(log.entries.isEmpty)
    }

    @Test(arguments: [true, false]) func silentCellIsReleasedUnlessAReaderIsCumulative(isCumulative: Bool) {
        let delta = InMemoryMetricReader(temporality: .delta)
        let other = InMemoryMetricReader(temporality: isCumulative ? .cumulative : .delta)
        let counter = counter(delta, other)
        counter.add(1, attributes: ["v": 1])
        weak let cell = counter.bind(["v": 1]).cell
        #expect(cell != nil)
        _ = delta.collect()
        _ = delta.collect()
        #expect(cell != nil, "the other reader was told nothing yet")
        #expect(other.points(named: "c").map(\.int) == [1])
        _ = delta.collect()
        #expect((cell != nil) == isCumulative)
        #expect(other.points(named: "c").map(\.int) == (isCumulative ? [1] : []))
    }

    @Test func newSeriesTakesTheRoomOfAnIdleOne() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let counter = counter(limit: 2, reader)
        counter.add(1, attributes: ["v": 1])
        counter.add(1, attributes: ["v": 2])
        _ = reader.collect()
        counter.add(1, attributes: ["v": 2])
        counter.add(1, attributes: ["v": 3])
        counter.add(5, attributes: ["v": 1])
        #expect(reader.points(named: "c").map(\.attributes) == [["v": 2], ["v": 3], overflow])
        #expect(reader.points(named: "c").isEmpty)
    }

    // MARK: Bound instruments

    @Test func boundInstrumentFindsItsSeriesAgain() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let counter = counter(limit: 2, reader)
        let bound = counter.bind(["v": 1])
        bound.add(1)
        for _ in 0..<3 { _ = reader.collect() }
        counter.add(2, attributes: ["v": 1])
        bound.add(3)
        #expect(reader.points(named: "c").map(\.int) == [5])
        for _ in 0..<3 { _ = reader.collect() }
        bound.add(4)
        counter.add(5, attributes: ["v": 1])
        #expect(reader.points(named: "c").map(\.int) == [9])
    }

    @Test func boundHistogramFindsItsSeriesAgain() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let histogram = MeterProvider(readers: [reader], log: NoLogSink())
            .histogram(name: "c", scope: scope, boundaries: [2])
        let bound = histogram.bind(["v": 1])
        for _ in 0..<3 { _ = reader.collect() }
        bound.record(1)
        histogram.record(3, attributes: ["v": 1])
        #expect(
            reader.points(named: "c").map(\.histogram) == [
                HistogramValue(bounds: [2], bucketCounts: [1, 1], count: 2, sum: 4, min: 1, max: 3)
            ])
    }

    @Test func silentBoundInstrumentsLeaveTheirRoomToOthers() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let counter = counter(limit: 2, reader)
        let bound = [counter.bind(["v": 1]), counter.bind(["v": 2])]
        counter.add(1, attributes: ["v": 3])
        counter.add(1, attributes: ["v": 4])
        #expect(reader.points(named: "c").map(\.attributes) == [["v": 3], ["v": 4]])
        bound[0].add(1)
        bound[1].add(1)
        #expect(Set(reader.points(named: "c").map(\.attributes)) == [["v": 1], ["v": 2]])
    }

    @Test func boundInstrumentCountsIntoOverflowUntilThereIsRoom() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let counter = counter(limit: 1, reader)
        counter.add(1, attributes: ["v": 1])
        let bound = counter.bind(["v": 2])
        bound.add(3)
        bound.add(4)
        #expect(reader.points(named: "c").map(\.attributes) == [["v": 1], overflow])
        bound.add(5)
        let points = reader.points(named: "c")
        #expect(points.map(\.attributes) == [["v": 2]])
        #expect(points.map(\.int) == [5])
    }

    @Test func histogramInOverflowKeepsItsValues() {
        let reader = InMemoryMetricReader(temporality: .delta)
        let histogram = MeterProvider(readers: [reader], cardinalityLimit: 1, log: NoLogSink())
            .histogram(name: "c", scope: scope, boundaries: [2])
        histogram.record(1, attributes: ["v": 1])
        let bound = histogram.bind(["v": 2])
        bound.record(1)
        bound.record(5)
        #expect(
            reader.points(named: "c").last?.histogram
                == HistogramValue(bounds: [2], bucketCounts: [1, 1], count: 2, sum: 6, min: 1, max: 5))
    }

    // MARK: Races

    /// Recorders pause so that series leave and come back all the time; with a limit of 2 some find no room.
    @Test(arguments: [2, 2_000]) func recordsAreToldOnceWhileSeriesLeave(limit: Int) async {
        let readers = [InMemoryMetricReader(temporality: .delta), InMemoryMetricReader(temporality: .delta)]
        let provider = MeterProvider(readers: readers, cardinalityLimit: limit, log: NoLogSink())
        let counter = provider.counter(name: "c", scope: scope)
        let histogram = provider.histogram(name: "h", scope: scope, boundaries: [1])
        let running = SharedCount(4)
        await withTaskGroup(of: Void.self) { group in
            for recorder in 0..<4 {
                group.addTask { try? await onThread { record(counter, histogram, recorder, running) } }
            }
            for reader in readers {
                group.addTask {
                    let told = try? await onThread { () -> [MetricData] in
                        var told: [MetricData] = []
                        while running.load() > 0 { told += reader.collect() }
                        return told + reader.collect()
                    }
                    #expect(told?.points(named: "c").compactMap(\.int).reduce(0, +) == Int64(15_000))
                    let histograms = told?.points(named: "h").compactMap(\.histogram) ?? []
                    #expect(histograms.reduce(0) { $0 + $1.count } == 12_000)
                    #expect(histograms.reduce(0) { $0 + $1.sum } == 12_000)
                }
            }
        }
    }

    private func record(
        _ counter: MetricCounter, _ histogram: MetricHistogram, _ recorder: Int, _ running: SharedCount
    ) {
        let attributes: Attributes = ["r": .int(Int64(recorder))]
        let (bound, boundHistogram) = (counter.bind(attributes), histogram.bind(attributes))
        for round in 0..<3_000 {
            bound.add(1)
            boundHistogram.record(Double(round % 3))
            if round % 4 == 0 { counter.add(1, attributes: attributes) }
        }
        running.decrement()
    }
}

private final class SharedCount: Sendable {
    private let value: Atomic<Int>

    init(_ value: Int) { self.value = Atomic(value) }

    func load() -> Int { value.load(ordering: .sequentiallyConsistent) }
    func decrement() { value.subtract(1, ordering: .sequentiallyConsistent) }
}
