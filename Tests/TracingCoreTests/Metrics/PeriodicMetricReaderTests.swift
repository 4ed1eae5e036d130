import Dispatch
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

private let scope = InstrumentationScope(name: "test")

@Suite struct MetricsPeriodicReaderTests {
    let exporter = InMemoryMetricExporter()

    @Test func aFlushExportsNowAndAShutdownALastTime() async {
        let reader = PeriodicMetricReader(exporter: exporter, interval: .seconds(3600), log: NoLogSink())
        let provider = MeterProvider(readers: [reader], log: NoLogSink())
        let counter = provider.counter(name: "c", scope: scope)
        counter.add(1)
        #expect(await provider.forceFlush())
        #expect(exporter.exports.count == 1)
        #expect(exporter.points(named: "c").map(\.int) == [1])
        counter.add(1)
        #expect(await provider.shutdown(deadline: .now.advanced(by: .seconds(600))))
        #expect(exporter.points(named: "c").map(\.int) == [2])
        #expect(exporter.isShutDown)
        #expect(await provider.forceFlush() == false)
        #expect(await provider.shutdown())
        #expect(exporter.exports.count == 2)
    }

    @Test func itExportsByItself() async {
        let reader = PeriodicMetricReader(exporter: exporter, interval: .milliseconds(1), log: NoLogSink())
        let provider = MeterProvider(readers: [reader], log: NoLogSink())
        provider.counter(name: "c", scope: scope).add(1)
        while exporter.exports.count < 3 { await Task.yield() }
        #expect(await provider.shutdown())
    }

    @Test func nothingMeasuredIsNotExported() async {
        let reader = PeriodicMetricReader(exporter: exporter, log: NoLogSink())
        let provider = MeterProvider(readers: [reader], log: NoLogSink())
        #expect(await provider.forceFlush())
        #expect(await provider.shutdown())
        #expect(exporter.exports.isEmpty)
    }

    @Test func aReaderWithoutAProviderStops() async {
        let reader = PeriodicMetricReader(exporter: exporter, log: NoLogSink())
        #expect(await reader.shutdown(deadline: nil))
        #expect(exporter.isShutDown)
    }

    @Test func aReaderThatIsLetGoStopsItsThread() async {
        do {
            let reader = PeriodicMetricReader(exporter: exporter, log: NoLogSink())
            _ = reader.temporality
        }
        while !exporter.isShutDown { await Task.yield() }
    }

    @Test func aFailedExportIsToldAndLoggedOnce() async {
        let log = RecordingLogSink()
        let reader = PeriodicMetricReader(exporter: GatedExporter(isOpen: true, answer: false), log: log)
        let provider = MeterProvider(readers: [reader], log: log)
        provider.counter(name: "c", scope: scope).add(1)
        for _ in 0..<3 { #expect(await provider.forceFlush() == false) }
        #expect(await provider.shutdown() == false)
        // Once when it happened, and once at the end with the count of the other three.
        #expect(log.entries.map { $0.metadata["repeated"] } == [nil, "3"])
    }

    @Test func aHangingExportHoldsNobodyBeyondTheDeadline() async {
        let exporter = GatedExporter(isOpen: false, answer: true)
        let reader = PeriodicMetricReader(exporter: exporter, log: NoLogSink())
        let provider = MeterProvider(readers: [reader], log: NoLogSink())
        provider.counter(name: "c", scope: scope).add(1)
        async let flush = provider.forceFlush()
        _ = await exporter.entered.value()
        #expect(await provider.shutdown(deadline: .now.advanced(by: .milliseconds(1))) == false)
        exporter.open()
        #expect(await flush)
        #expect(await provider.shutdown())
        #expect(exporter.mostAtOnce == 1)
    }

    /// Answers what it is told to, once its gate is open.
    private final class GatedExporter: MetricExporter {
        let temporality = MetricTemporalityPreference.cumulative
        let entered = Promise<Void>()
        private let answer: Bool
        private let gate: DispatchSemaphore
        private let calls = Mutex((now: 0, most: 0))

        init(isOpen: Bool, answer: Bool) {
            self.answer = answer
            gate = DispatchSemaphore(value: isOpen ? 1 : 0)
        }

        var mostAtOnce: Int { calls.withLock { $0.most } }

        func open() { gate.signal() }

        func export(_ metrics: [MetricData], resource: Resource, deadline: ContinuousClock.Instant) -> Bool {
            calls.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            entered.resolve(())
            gate.wait()
            gate.signal()
            calls.withLock { $0.now -= 1 }
            return answer
        }

        func forceFlush(deadline: ContinuousClock.Instant) -> Bool { true }
        func shutdown(deadline: ContinuousClock.Instant) {}
    }
}
