import TestSupport
import Testing
import TracingCore

@Suite struct BatchSpanProcessorTests {
    private let log = RecordingLogSink()
    private let metrics = InMemoryMetricReader()
    private let far = ContinuousClock.now + .seconds(600)

    private func configuration(_ change: (inout BatchSpanProcessor.Configuration) -> Void)
        -> BatchSpanProcessor.Configuration
    {
        var configuration = BatchSpanProcessor.Configuration()
        configuration.scheduleDelay = .seconds(600)
        change(&configuration)
        return configuration
    }

    private func processor(
        _ exporter: any SpanExporter, _ change: (inout BatchSpanProcessor.Configuration) -> Void = { _ in }
    ) -> BatchSpanProcessor {
        BatchSpanProcessor(
            exporter: exporter, configuration: configuration(change),
            meterProvider: MeterProvider(readers: [metrics], log: log), logSink: log)
    }

    private func backend(_ processor: BatchSpanProcessor, sampler: Sampler = .alwaysOn) -> TracingBackend {
        .core(TracerProvider(processors: [processor], sampler: sampler, logSink: log))
    }

    private func end(_ count: Int, in backend: TracingBackend, attributes: Attributes = [:]) {
        for number in 0..<count { backend.startSpan("\(number)", attributes: attributes).end() }
    }

    @Test func defaultQueueIsBoundedByBytes() {
        let configuration = BatchSpanProcessor.Configuration()
        #expect(configuration.maxQueueBytes == 64 << 20 && configuration.maxExportBatchSize == 512)
        // Spans of 256 bytes fill the bytes first.
        #expect(configuration.maxQueueSize * 256 >= configuration.maxQueueBytes)
        #expect(configuration.scheduleDelay == .seconds(5) && configuration.exportTimeout == .seconds(30))
    }

    @Test func aFullBatchIsExportedWithoutWaiting() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter) { $0.maxExportBatchSize = 4 }
        end(4, in: backend(processor))
        await exporter.hasEntered(1)
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exported.map { $0.map(\.name) } == [["0", "1", "2", "3"]])
        #expect(exporter.hasShutDown)
    }

    @Test func theDelayEndsTheWait() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter) { $0.scheduleDelay = .milliseconds(1) }
        end(1, in: backend(processor))
        await exporter.hasEntered(1)
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func anExporterThatHangsBlocksNobodyAndDropsAreCounted() async {
        let exporter = GatedSpanExporter(isOpen: false)
        let processor = processor(exporter) {
            $0.maxQueueSize = 8
            $0.maxExportBatchSize = 2
        }
        let backend = backend(processor)
        end(2, in: backend)
        await exporter.hasEntered(1)
        // The exporter has two spans and hangs; eight more fit, the rest is dropped, and we get here.
        end(20, in: backend)
        #expect(processor.lostSpans == [.queueFull: 12])
        #expect(log.entries.map(\.metadata) == [["reason": "queue_full"]])
        #expect(metrics.points(named: "otel.sdk.processor.span.queue.capacity").map(\.value) == [.int(8)])
        #expect(metrics.points(named: "otel.sdk.processor.span.queue.size").map(\.value) == [.int(8)])
        exporter.open()
        #expect(await processor.forceFlush(deadline: far))
        #expect(metrics.points(named: "otel.sdk.processor.span.queue.size").map(\.value) == [.int(0)])
        #expect(exporter.exportedCount == 10)
        #expect(exporter.mostAtOnce == 1)
        #expect(await processor.shutdown(deadline: far))
        let processed = metrics.points(named: "otel.sdk.processor.span.processed")
        #expect(processed.first { $0.attributes["error.type"] == "queue_full" }?.value == .int(12))
        #expect(processed.first { $0.attributes["error.type"] == nil }?.value == .int(10))
    }

    @Test func bytesAreBoundedToo() async {
        let exporter = GatedSpanExporter(isOpen: false)
        let processor = processor(exporter) { $0.maxQueueBytes = 10_000 }
        let backend = backend(processor)
        let large: Attributes = ["text": .string(String(repeating: "x", count: 6_000))]
        end(1, in: backend, attributes: large)
        await exporter.hasEntered(1)
        end(2, in: backend, attributes: large)
        #expect(processor.lostSpans == [.queueBytes: 1])
        let span = backend.startSpan("event")
        span.addEvent("large", attributes: large)
        span.end()
        #expect(processor.lostSpans == [.queueBytes: 2])
        exporter.open()
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exportedCount == 2)
    }

    /// As zero is with every time-out of an exporter.
    @Test(arguments: [Duration.zero, .seconds(Int64.max)]) func anExportWithoutALimitHasTime(timeout: Duration) async {
        let exporter = PunctualExporter()
        let processor = processor(exporter) { $0.exportTimeout = timeout }
        end(3, in: backend(processor))
        #expect(await processor.forceFlush(deadline: far))
        #expect(processor.lostSpans.isEmpty)
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func aFlushExportsWhatEndedBefore() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter)
        let backend = backend(processor)
        #expect(await processor.forceFlush(deadline: far))
        end(3, in: backend)
        #expect(await processor.forceFlush(deadline: far))
        #expect(exporter.exportedCount == 3)
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exported.count == 1)
    }

    @Test func onlyAFailureSinceTheFlushFailsIt() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter) { $0.maxExportBatchSize = 2 }
        let backend = backend(processor)
        exporter.setFailing(true)
        end(1, in: backend)
        #expect(await processor.forceFlush(deadline: far) == false)
        end(2, in: backend)
        while processor.lostSpans[.exportFailed] != 3 { await Task.yield() }
        exporter.setFailing(false)
        end(1, in: backend)
        #expect(await processor.forceFlush(deadline: far))
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func aFlushGivesUpAtItsDeadline() async {
        let exporter = GatedSpanExporter(isOpen: false)
        let processor = processor(exporter)
        end(1, in: backend(processor))
        #expect(await processor.forceFlush(deadline: .now + .milliseconds(1)) == false)
        exporter.open()
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exportedCount == 1)
    }

    @Test func afterShutdownAFlushReturnsAndSpansAreRefused() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter)
        let backend = backend(processor)
        end(3, in: backend)
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exportedCount == 3 && exporter.hasShutDown)
        #expect(await processor.forceFlush(deadline: .now + .seconds(600)))
        end(2, in: backend)
        #expect(processor.lostSpans == [.alreadyShutdown: 2])
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func shutdownWithAHangingExporterSaysWhatWasLost() async {
        let exporter = GatedSpanExporter(isOpen: false)
        let processor = processor(exporter) { $0.maxExportBatchSize = 2 }
        let backend = backend(processor)
        end(2, in: backend)
        await exporter.hasEntered(1)
        end(3, in: backend)
        #expect(await processor.shutdown(deadline: .now + .milliseconds(5)) == false)
        #expect(processor.lostSpans == [.shutdownTimeout: 3])
        #expect(log.entries.map(\.metadata) == [["lost": "3", "exporting": "2"]])
        exporter.open()
    }

    @Test func unsampledSpansAreNotExported() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter)
        end(2, in: backend(processor, sampler: .custom(FixedRule(SamplingResult(.recordOnly)))))
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exported.isEmpty)
    }

    @Test func withoutShutdownWhatIsQueuedIsExportedAndTheThreadEnds() async {
        weak var weakExporter: GatedSpanExporter?
        let ids = InMemorySpanExporter()
        do {
            let exporter = GatedSpanExporter(isOpen: true)
            weakExporter = exporter
            // Queued spans hold their provider, and it the processor: the end comes once they are exported.
            let processor = processor(ForwardingExporter(exporters: [exporter, ids])) {
                $0.scheduleDelay = .milliseconds(1)
            }
            end(3, in: backend(processor))
        }
        // The thread holds the exporter as long as it lives.
        while weakExporter != nil { await Task.yield() }
        #expect(ids.finishedSpans.count == 3)
    }

    @Test func configurationBelowOneCountsAsOne() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter) {
            $0.maxQueueSize = 0
            $0.maxExportBatchSize = -1
            $0.maxQueueBytes = 0
            $0.scheduleDelay = .zero
        }
        end(1, in: backend(processor))
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.exportedCount == 1)
    }

    @Test func manyThreadsLoseNothingUncounted() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = processor(exporter) {
            $0.maxQueueSize = 64
            $0.maxExportBatchSize = 16
        }
        let backend = backend(processor)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for number in 0..<500 { backend.startSpan("\(number)").end() } }
            }
            group.addTask { for _ in 0..<10 { _ = await processor.forceFlush(deadline: far) } }
        }
        #expect(await processor.shutdown(deadline: far))
        let lost = processor.lostSpans
        #expect(exporter.exportedCount + lost.values.reduce(0, +) == 4_000)
        #expect(Set(lost.keys).isSubset(of: [.queueFull]))
        #expect(exporter.mostAtOnce == 1)
        #expect(exporter.exported.allSatisfy { $0.count <= 16 })
    }
}

/// Exports to several exporters.
struct ForwardingExporter: SpanExporter {
    let exporters: [any SpanExporter]

    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        exporters.map { $0.export(spans, deadline: deadline) }.allSatisfy(\.self)
    }

    func shutdown(deadline: ContinuousClock.Instant) {
        for exporter in exporters { exporter.shutdown(deadline: deadline) }
    }
}

@Suite struct SimpleSpanProcessorTests {
    private let far = ContinuousClock.now + .seconds(600)

    @Test func eachSpanIsExportedWhenItEnds() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let processor = SimpleSpanProcessor(exporter: exporter)
        let backend = TracingBackend.core(TracerProvider(processors: [processor]))
        backend.startSpan("one").end()
        backend.startSpan("two").end()
        #expect(exporter.exported.map { $0.map(\.name) } == [["one"], ["two"]])
        exporter.setFailing(true)
        backend.startSpan("failed").end()
        #expect(processor.lostSpans == [.exportFailed: 1])
        #expect(await processor.forceFlush(deadline: far))
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.hasShutDown)
        backend.startSpan("late").end()
        #expect(processor.lostSpans == [.exportFailed: 1, .alreadyShutdown: 1])
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func exportsNeverOverlap() async {
        let exporter = GatedSpanExporter(isOpen: true)
        let backend = TracingBackend.core(TracerProvider(processors: [SimpleSpanProcessor(exporter: exporter)]))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<100 { backend.startSpan("s").end() } } }
        }
        #expect(exporter.exportedCount == 400 && exporter.mostAtOnce == 1)
    }
}

/// An exporter that succeeds as long as it has time.
private struct PunctualExporter: SpanExporter {
    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool { .now < deadline }
    func forceFlush(deadline: ContinuousClock.Instant) -> Bool { .now < deadline }
}
