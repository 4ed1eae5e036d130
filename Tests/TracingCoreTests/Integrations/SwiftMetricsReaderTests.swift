#if SwiftMetrics
import CoreMetrics
import MetricsTestKit
import Testing
import TracingCore

@Suite struct SwiftMetricsReaderTests {
    private let factory = TestMetrics()
    private let memory = InMemoryMetricReader()
    private let scope = InstrumentationScope(name: "test")

    private var provider: MeterProvider {
        MeterProvider(readers: [memory, SwiftMetricsReader(factory: factory)])
    }

    @Test func aCounterIsACounter() throws {
        let counter = provider.counter(name: "sent", scope: scope)
        let series = counter.bind(["topic": "orders", "partition": 3])
        series.add(2)
        series.add(3)
        series.add(-1)
        counter.add(10)
        let test = try factory.expectCounter("sent", [("topic", "orders"), ("partition", "3")])
        #expect(test.totalValue == 5)
        #expect(try factory.expectCounter("sent").totalValue == 10)
        #expect(memory.collect().first?.points.count == 2)
    }

    @Test func anUpDownCounterIsAMeter() throws {
        let counter = provider.upDownCounter(name: "held", scope: scope)
        counter.add(5)
        counter.add(-2)
        #expect(try factory.expectMeter("held").lastValue == 3)
    }

    @Test func secondsAreATimer() throws {
        let histogram = provider.histogram(name: "messaging.process.duration", unit: "s", scope: scope)
        histogram.record(0.25)
        histogram.record(-1)
        let timer = try factory.expectTimer("messaging.process.duration")
        #expect(timer.values == [250_000_000])
        #expect(timer.displayUnit == .seconds)
        histogram.record(1e300)
        #expect(timer.values.last == .max)
    }

    @Test func anyOtherHistogramIsARecorder() throws {
        provider.histogram(name: "size", unit: "By", scope: scope).record(1.5)
        let recorder = try factory.expectRecorder("size")
        #expect(recorder.values == [1.5])
        #expect(recorder.aggregate)
    }

    @Test func aGaugeIsAMeterWhileItHasAValue() throws {
        let gauge = provider.gauge(name: "lag", scope: scope).bind(["partition": 0])
        gauge.record(7)
        gauge.record(8)
        #expect(try factory.expectMeter("lag", [("partition", "0")]).values == [7, 8])
        gauge.clear()
        #expect(factory.meters.isEmpty)
        gauge.record(9)
        #expect(try factory.expectMeter("lag", [("partition", "0")]).values == [9])
    }
}
#endif
