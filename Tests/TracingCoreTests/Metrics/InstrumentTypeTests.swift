import TestSupport
import Testing
import TracingCore

private let scope = InstrumentationScope(name: "test")

struct InstrumentTypeTests {
    private let reader = InMemoryMetricReader()
    private let delta = InMemoryMetricReader(temporality: .delta)
    private let provider: MeterProvider

    init() { provider = MeterProvider(readers: [reader, delta], log: NoLogSink()) }

    @Test func doubleCounterAddsUp() {
        let counter = provider.doubleCounter(name: "c", scope: scope)
        counter.add(0.5)
        counter.bind().add(1.25)
        for amount in [-1, .nan, .infinity] { counter.add(amount) }
        #expect(reader.points(named: "c").map(\.double) == [1.75])
        #expect(delta.points(named: "c").map(\.double) == [1.75])
        counter.add(1)
        #expect(delta.points(named: "c").map(\.double) == [1])
    }

    @Test func doubleUpDownCounterShrinks() {
        let counter = provider.doubleUpDownCounter(name: "c", scope: scope)
        counter.add(0.5)
        counter.bind().add(-2)
        counter.add(.infinity)
        #expect(reader.points(named: "c").map(\.double) == [-1.5])
        #expect(reader.collect().map(\.kind) == [.sum(isMonotonic: false)])
    }

    @Test func integerGaugeKeepsItsType() {
        let gauge = provider.intGauge(name: "g", scope: scope)
        gauge.record(.max)
        #expect(reader.points(named: "g").map(\.int) == [.max])
        gauge.bind().clear()
        #expect(reader.points(named: "g").isEmpty)
    }

    @Test func integerHistogramHasIntegerExemplars() throws {
        let histogram = provider.intHistogram(name: "h", scope: scope, boundaries: [2])
        let context = SpanContext(traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), traceFlags: [.sampled])
        histogram.bind().record(3, context: context)
        histogram.record(-1)
        let point = try #require(reader.points(named: "h").first)
        #expect(point.histogram?.bucketCounts == [0, 1])
        #expect(point.exemplars.map(\.value) == [.int(3)])
    }

    @Test func typesOfOneNameAreDifferentInstruments() {
        let log = RecordingLogSink()
        let provider = MeterProvider(readers: [reader], log: log)
        provider.counter(name: "c", scope: scope).add(1)
        provider.doubleCounter(name: "c", scope: scope).add(0.5)
        #expect(reader.points(named: "c").map(\.value) == [.int(1), .double(0.5)])
        #expect(log.entries.count == 1)
    }

    @Test func doubleSumsAreToldOnceAmongThreads() async throws {
        let counter = provider.doubleCounter(name: "c", scope: scope)
        let told = try await withThrowingTaskGroup(of: [MetricData].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await onThread {
                        let bound = counter.bind()
                        for _ in 0..<2_000 { bound.add(0.25) }
                        return []
                    }
                }
            }
            group.addTask { try await onThread { (0..<200).flatMap { _ in delta.collect() } } }
            return try await group.reduce(into: []) { $0 += $1 } + delta.collect()
        }
        #expect(told.points(named: "c").compactMap(\.double).reduce(0, +) == Double(2_000))
    }
}
