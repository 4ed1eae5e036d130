import Testing
import TracingCore

private let scope = InstrumentationScope(name: "test")

struct MetricTemporalityTests {
    @Test func eachReaderHasItsOwnIntervals() throws {
        let cumulative = InMemoryMetricReader(temporality: .cumulative)
        let delta = InMemoryMetricReader(temporality: .delta)
        let provider = MeterProvider(readers: [cumulative, delta], log: NoLogSink())
        let counter = provider.counter(name: "c", scope: scope)
        let bound = counter.bind()

        var cumulativeValues: [Int64?] = []
        var deltaValues: [Int64?] = []
        for amount: Int64 in [5, 0, 7, 1] {
            if amount > 0 { bound.add(amount) }
            cumulativeValues.append(cumulative.points(named: "c").first?.int)
            deltaValues.append(delta.points(named: "c").first?.int)
        }
        #expect(cumulativeValues == [5, 5, 12, 13])
        #expect(deltaValues == [5, nil, 7, 1])
    }

    @Test func deltaIntervalsAdjoinAndCumulativeOnesBeginTogether() throws {
        let cumulative = InMemoryMetricReader(temporality: .cumulative)
        let delta = InMemoryMetricReader(temporality: .delta)
        let provider = MeterProvider(readers: [cumulative, delta], log: NoLogSink())
        let beforeMaking = Timestamp.now
        let counter = provider.counter(name: "c", scope: scope)
        let afterMaking = Timestamp.now
        var starts: [Timestamp] = []
        var previous: Timestamp?
        for _ in 0..<3 {
            counter.add(1)
            let whole = try #require(cumulative.points(named: "c").first)
            starts.append(whole.start)
            #expect(whole.start >= afterMaking && whole.start <= whole.time)
            let part = try #require(delta.points(named: "c").first)
            if let previous {
                #expect(part.start == previous)
            } else {
                #expect(part.start >= beforeMaking && part.start <= afterMaking)
            }
            previous = part.time
        }
        #expect(Set(starts).count == 1)
        // A series that comes later begins, as a delta, with the interval.
        counter.add(1, attributes: ["late": true])
        #expect(delta.points(named: "c").map(\.start) == [previous])
    }

    @Test func aHistogramsDeltaHasItsOwnLeastAndGreatest() throws {
        let cumulative = InMemoryMetricReader(temporality: .cumulative)
        let delta = InMemoryMetricReader(temporality: .delta)
        let histogram = MeterProvider(readers: [cumulative, delta], log: NoLogSink())
            .histogram(name: "h", scope: scope, boundaries: [10]).bind()
        func value(_ buckets: [UInt64], _ sum: Double, _ min: Double, _ max: Double) -> HistogramValue {
            HistogramValue(
                bounds: [10], bucketCounts: buckets, count: buckets.reduce(0, +), sum: sum, min: min, max: max)
        }
        histogram.record(1)
        histogram.record(20)
        #expect(delta.points(named: "h").first?.histogram == value([1, 1], 21, 1, 20))
        histogram.record(5)
        #expect(cumulative.points(named: "h").first?.histogram == value([2, 1], 26, 1, 20))
        #expect(delta.points(named: "h").first?.histogram == value([1, 0], 5, 5, 5))
        #expect(delta.points(named: "h").isEmpty)
        #expect(cumulative.points(named: "h").first?.histogram == value([2, 1], 26, 1, 20))
        histogram.record(0)
        #expect(delta.points(named: "h").first?.histogram == value([1, 0], 0, 0, 0))
    }

    @Test(arguments: [
        (MetricTemporalityPreference.cumulative, [MetricTemporality.cumulative, .cumulative, .cumulative]),
        (.delta, [.delta, .cumulative, .delta]),
        (.lowMemory, [.delta, .cumulative, .delta]),
    ])
    func aPreferenceGoesByTheInstrument(preference: MetricTemporalityPreference, expected: [MetricTemporality]) {
        let reader = InMemoryMetricReader(temporality: preference)
        let provider = MeterProvider(readers: [reader], log: NoLogSink())
        for round in 1...2 {
            provider.counter(name: "c", scope: scope).add(1)
            provider.upDownCounter(name: "u", scope: scope).add(1)
            provider.histogram(name: "h", scope: scope).record(1)
            let metrics = reader.collect()
            #expect(metrics.map(\.temporality) == expected)
            #expect(metrics.points(named: "u").map(\.int) == [Int64(round)])
        }
    }

    @Test func nothingIsLostAmongTasksAndCollections() async throws {
        let cumulative = InMemoryMetricReader(temporality: .cumulative)
        let delta = InMemoryMetricReader(temporality: .delta)
        let provider = MeterProvider(readers: [cumulative, delta], log: NoLogSink())
        let counter = provider.counter(name: "c", scope: scope)
        let histogram = provider.histogram(name: "h", scope: scope, boundaries: [1, 3])
        let tasks = 8
        let rounds = 2_000

        let told = await withTaskGroup(of: [MetricData].self) { group in
            for task in 0..<tasks {
                group.addTask {
                    let bound = counter.bind(["kind": "shared"])
                    let boundHistogram = histogram.bind()
                    for round in 0..<rounds {
                        bound.add(1)
                        counter.add(1, attributes: ["kind": "shared"])
                        counter.add(1, attributes: ["task": .int(task), "round": .int(round % 16)])
                        boundHistogram.record(Double(round % 4))
                    }
                    return []
                }
            }
            group.addTask { (0..<200).flatMap { _ in delta.collect() } }
            return await group.reduce(into: []) { $0 += $1 } + delta.collect()
        }

        let total = Int64(tasks * rounds * 3)
        #expect(cumulative.points(named: "c").compactMap(\.int).reduce(0, +) == total)
        #expect(told.points(named: "c").compactMap(\.int).reduce(0, +) == total)
        #expect(cumulative.points(named: "c").first { $0.attributes["kind"] != nil }?.int == Int64(tasks * rounds * 2))

        let each = UInt64(tasks * rounds / 4)
        let whole = try #require(cumulative.points(named: "h").first?.histogram)
        #expect(
            whole
                == HistogramValue(
                    bounds: [1, 3], bucketCounts: [2 * each, 2 * each, 0], count: 4 * each, sum: Double(6 * each),
                    min: 0, max: 3))
        let parts = told.points(named: "h").compactMap(\.histogram)
        #expect(parts.reduce(0) { $0 + $1.count } == whole.count)
        #expect(parts.reduce(0) { $0 + $1.sum } == whole.sum)
    }
}
