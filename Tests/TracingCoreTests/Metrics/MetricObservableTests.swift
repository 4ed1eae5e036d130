import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

private let scope = InstrumentationScope(name: "test")

/// A value that a callback reads.
private final class Observed: Sendable {
    private let values: Mutex<[Attributes: Int64]>

    init(_ values: [Attributes: Int64]) { self.values = Mutex(values) }

    subscript(attributes: Attributes) -> Int64? {
        get { values.withLock { $0[attributes] } }
        set { values.withLock { $0[attributes] = newValue } }
    }

    func observe(_ observer: MetricObserver<Int64>) {
        for (attributes, value) in values.withLock({ $0 }) { observer.observe(value, attributes: attributes) }
    }
}

struct MetricObservableTests {
    private let cumulative = InMemoryMetricReader()
    private let delta = InMemoryMetricReader(temporality: .delta)
    private let lowMemory = InMemoryMetricReader(temporality: .lowMemory)

    private func provider(views: [MetricView] = [], limit: Int = 2_000) -> MeterProvider {
        MeterProvider(
            readers: [cumulative, delta, lowMemory], views: views, cardinalityLimit: limit, log: NoLogSink())
    }

    @Test func counterObservesTotals() {
        let observed = Observed([[:]: 5])
        provider().observableCounter(of: Int64.self, name: "c", scope: scope) { observed.observe($0) }
        #expect(delta.points(named: "c").map(\.int) == [5])
        observed[[:]] = 8
        #expect(delta.points(named: "c").map(\.int) == [3])
        #expect(cumulative.points(named: "c").map(\.int) == [8])
        #expect(lowMemory.points(named: "c").map(\.int) == [8])
        #expect(lowMemory.collect().map(\.temporality) == [.cumulative])
        #expect(delta.collect().map(\.temporality) == [.delta])
        #expect(cumulative.collect().map(\.kind) == [.sum(isMonotonic: true)])
    }

    @Test func upDownCounterIsCumulative() {
        let observed = Observed([[:]: 5])
        provider().observableUpDownCounter(of: Int64.self, name: "u", scope: scope) { observed.observe($0) }
        #expect(delta.points(named: "u").map(\.int) == [5])
        observed[[:]] = -2
        #expect(delta.points(named: "u").map(\.int) == [-2])
        #expect(delta.collect().map(\.kind) == [.sum(isMonotonic: false)])
    }

    @Test func gaugeOfDoubleTellsTheLastValue() {
        provider().observableGauge(of: Double.self, name: "g", scope: scope) { observer in
            observer.observe(0.5)
            observer.observe(.nan)
            observer.observe(0.25)
        }
        #expect(cumulative.points(named: "g").map(\.double) == [0.25])
        #expect(cumulative.collect().map(\.kind) == [.gauge])
    }

    @Test func seriesThatIsNotObservedIsNotTold() {
        let observed = Observed([["p": 0]: 5, ["p": 1]: 6])
        provider().observableCounter(of: Int64.self, name: "c", scope: scope) { observed.observe($0) }
        #expect(cumulative.points(named: "c").count == 2)
        observed[["p": 0]] = nil
        #expect(cumulative.points(named: "c").map(\.attributes) == [["p": 1]])
    }

    @Test func cumulativeStartStaysAndDeltaIntervalsAdjoin() throws {
        let observed = Observed([[:]: 5])
        provider().observableCounter(of: Int64.self, name: "c", scope: scope) { observed.observe($0) }
        let starts = try (0..<2).map { _ in try #require(cumulative.points(named: "c").first).start }
        #expect(starts[0] == starts[1])
        let intervals = try (0..<2).map { _ in try #require(delta.points(named: "c").first) }
        #expect(intervals[1].start == intervals[0].time)
    }

    @Test func callbackEndsWithCancel() {
        let observed = Observed([[:]: 5])
        let counter = provider().observableCounter(of: Int64.self, name: "c", scope: scope)
        let callback = counter.onCollect { observed.observe($0) }
        #expect(cumulative.points(named: "c").count == 1)
        callback.cancel()
        #expect(cumulative.points(named: "c").isEmpty)
    }

    @Test func observerIsClosedAfterItsCallback() {
        let box = Box()
        provider().observableCounter(of: Int64.self, name: "c", scope: scope) { observer in
            box.observer.withLock { observer in observer?.observe(9) }
            box.observer.withLock { $0 = observer }
            observer.observe(1)
        }
        #expect(cumulative.points(named: "c").map(\.int) == [1])
        #expect(cumulative.points(named: "c").map(\.int) == [1])
    }

    @Test func counterNeverFallsAmongConcurrentCollections() async throws {
        let total = Mutex<Int64>(0)
        provider().observableCounter(of: Int64.self, name: "c", scope: scope) { observer in
            let next = total.withLock { total in
                total += 1
                return total
            }
            observer.observe(next)
        }
        let told = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await onThread { (0..<2_000).flatMap { _ in delta.points(named: "c").compactMap(\.int) } }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(told.allSatisfy { $0 > 0 })
        #expect(told.reduce(0, +) == total.withLock { $0 })
    }

    @Test func viewAddsUpObservationsOfRemovedAttributes() {
        let view = MetricView(.init(instrumentName: "c"), .init(includedAttributes: ["topic"]))
        let observed = Observed([["topic": "a", "p": 0]: 5, ["topic": "a", "p": 1]: 6])
        provider(views: [view]).observableCounter(of: Int64.self, name: "c", scope: scope) { observed.observe($0) }
        #expect(cumulative.points(named: "c").map(\.attributes) == [["topic": "a"]])
        #expect(cumulative.points(named: "c").map(\.int) == [11])
    }

    @Test func observationsOverTheLimitOverflow() {
        provider(limit: 2).observableCounter(of: Int64.self, name: "c", scope: scope) { observer in
            for number in 0..<5 { observer.observe(10, attributes: ["n": .int(number)]) }
        }
        let points = cumulative.points(named: "c")
        #expect(points.map(\.int) == [10, 10, 30])
        #expect(points.last?.attributes == ["otel.metric.overflow": true])
    }
}

private final class Box: Sendable {
    let observer = Mutex<MetricObserver<Int64>?>(nil)
}
