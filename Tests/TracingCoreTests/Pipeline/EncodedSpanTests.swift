import Foundation
import TestSupport
import Testing
import TracingCore

/// The path on which spans become bytes where they end.
@Suite struct EncodedSpanTests {
    private let log = RecordingLogSink()
    private let far = ContinuousClock.now + .seconds(600)
    private let scope = InstrumentationScope(name: "library")

    private func processor(
        _ exporter: any SpanExporter, _ change: (inout BatchSpanProcessor.Configuration) -> Void = { _ in }
    ) -> BatchSpanProcessor {
        var configuration = BatchSpanProcessor.Configuration()
        configuration.scheduleDelay = .seconds(600)
        change(&configuration)
        return BatchSpanProcessor(exporter: exporter, configuration: configuration, logSink: log)
    }

    private func backend(_ processor: BatchSpanProcessor, limits: SpanLimits = SpanLimits()) -> TracingBackend {
        .core(TracerProvider(processors: [processor], limits: limits, logSink: log))
    }

    private func end(_ count: Int, in backend: TracingBackend, from first: Int = 0) {
        for number in first..<(first + count) { backend.startSpan("\(number)", parent: .root).end() }
    }

    private func names(_ exporter: TextSpanExporter) -> [String] {
        exporter.lines.map { String($0.prefix { $0 != " " }) }
    }

    @Test func fullBatchIsExportedWithoutWaiting() async throws {
        let exporter = TextSpanExporter()
        let processor = processor(exporter) { $0.maxExportBatchSize = 4 }
        end(4, in: backend(processor))
        try await eventually("the batch was exported") { exporter.lines.count == 4 }
        #expect(names(exporter) == ["0", "1", "2", "3"])
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func delayEndsTheWait() async throws {
        let exporter = TextSpanExporter()
        let processor = processor(exporter) { $0.scheduleDelay = .milliseconds(1) }
        end(1, in: backend(processor))
        try await eventually("the span was exported") { exporter.lines.count == 1 }
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func flushExportsEarlierSpansInBatches() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter) { $0.maxExportBatchSize = 10 }
        let backend = backend(processor)
        #expect(await processor.forceFlush(deadline: far))
        end(3, in: backend)
        #expect(await processor.forceFlush(deadline: far))
        #expect(names(exporter) == ["0", "1", "2"])
        end(25, in: backend)
        #expect(await processor.forceFlush(deadline: far))
        #expect(exporter.batches.allSatisfy { $0.count <= 10 } && exporter.lines.count == 28)
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func countBoundDropsExactly() async throws {
        let (exporter, gate) = held()
        let processor = processor(exporter) {
            $0.maxQueueSize = 8
            $0.maxExportBatchSize = 2
        }
        let backend = backend(processor)
        end(2, in: backend)
        try await eventually("the exporter holds two spans") { exporter.entered == 1 }
        end(20, in: backend)
        #expect(processor.lostSpans == [.queueFull: 12])
        gate.open()
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.lines.count == 10)
    }

    @Test func byteBoundDropsExactlyAndRecovers() async {
        let (exporter, gate) = held()
        let processor = processor(exporter) { $0.maxQueueBytes = 64 << 10 }
        let backend = backend(processor)
        let text = AttributeValue.string(String(repeating: "x", count: 1_000))
        for _ in 0..<200 { backend.startSpan("s", attributes: ["text": text]).end() }
        let lost = processor.lostSpans[.queueBytes] ?? 0
        #expect((130...160).contains(lost))
        gate.open()
        #expect(await processor.forceFlush(deadline: far))
        #expect(exporter.lines.count + lost == 200)
        for _ in 0..<20 { backend.startSpan("s", attributes: ["text": text]).end() }
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.lines.count + lost == 220 && processor.lostSpans == [.queueBytes: lost])
    }

    @Test func spanLargerThanAllSlabsGoesAlone() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter) { $0.maxQueueBytes = 32 << 10 }
        let backend = backend(processor)
        let text = AttributeValue.string(String(repeating: "x", count: 100_000))
        backend.startSpan("large", attributes: ["text": text]).end()
        #expect(await processor.forceFlush(deadline: far))
        end(3, in: backend)
        #expect(await processor.shutdown(deadline: far))
        #expect(names(exporter) == ["large", "0", "1", "2"])
        #expect(processor.lostSpans.isEmpty)
    }

    @Test func spansOfEndedThreadsAreExported() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter)
        let backend = backend(processor)
        for index in 0..<3 {
            await withCheckedContinuation { continuation in
                Thread {
                    end(5, in: backend, from: index * 10)
                    continuation.resume()
                }.start()
            }
        }
        #expect(await processor.shutdown(deadline: far))
        let expected: [Int] = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24]
        #expect(names(exporter).compactMap { Int($0) }.sorted() == expected)
    }

    @Test func threadsKeepTheirOrderAndLoseNothing() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter) { $0.maxExportBatchSize = 64 }
        let backend = backend(processor)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for number in 0..<2_000 { backend.startSpan("\(worker)-\(number)", parent: .root).end() }
                }
            }
            group.addTask { for _ in 0..<20 { _ = await processor.forceFlush(deadline: far) } }
        }
        #expect(await processor.shutdown(deadline: far))
        #expect(processor.lostSpans.isEmpty)
        let byWorker = Dictionary(grouping: names(exporter)) { $0.prefix { $0 != "-" } }
        #expect(byWorker.count == 8)
        for numbers in byWorker.values.map({ $0.compactMap { Int($0.drop { $0 != "-" }.dropFirst()) } }) {
            #expect(numbers == Array(0..<2_000))
        }
    }

    /// Threads end, and take and hand over slabs, while the export thread gathers.
    @Test func threadsThatComeAndGoLoseNothingUncounted() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter) {
            $0.maxQueueBytes = 128 << 10
            $0.maxExportBatchSize = 32
        }
        let backend = backend(processor)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<40 {
                        await withCheckedContinuation { continuation in
                            Thread {
                                end(100, in: backend)
                                continuation.resume()
                            }.start()
                        }
                    }
                }
            }
        }
        #expect(await processor.shutdown(deadline: far))
        let lost = processor.lostSpans
        #expect(exporter.lines.count + lost.values.reduce(0, +) == 32_000)
        #expect(Set(lost.keys).isSubset(of: [.queueBytes]))
    }

    @Test func shutdownRefusesLaterSpans() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter)
        let backend = backend(processor)
        end(3, in: backend)
        #expect(await processor.shutdown(deadline: far))
        end(2, in: backend)
        #expect(exporter.lines.count == 3 && processor.lostSpans == [.alreadyShutdown: 2])
        #expect(await processor.forceFlush(deadline: far))
    }

    @Test func hangingExporterIsAbandonedAtTheDeadline() async throws {
        let (exporter, gate) = held()
        let processor = processor(exporter) { $0.maxExportBatchSize = 2 }
        let backend = backend(processor)
        end(2, in: backend)
        try await eventually("the exporter holds two spans") { exporter.entered == 1 }
        end(3, in: backend)
        #expect(await processor.shutdown(deadline: .now + .milliseconds(5)) == false)
        #expect(processor.lostSpans == [.shutdownTimeout: 3])
        gate.open()
    }

    @Test func exporterLossIsCountedAndFailsTheFlush() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter)
        exporter.lose(2)
        end(5, in: backend(processor))
        #expect(await processor.forceFlush(deadline: far) == false)
        #expect(processor.lostSpans == [.exportFailed: 2])
        #expect(await processor.shutdown(deadline: far))
    }

    @Test func spansAreGroupedByScope() async {
        let exporter = TextSpanExporter()
        let processor = processor(exporter)
        let backend = backend(processor)
        for name in ["a", "b", "a", "c", "b"] {
            backend.startSpan("of \(name)", scope: InstrumentationScope(name: name)).end()
        }
        #expect(await processor.shutdown(deadline: far))
        #expect(exporter.scopedLines.map { String($0.prefix(1)) } == ["a", "a", "b", "b", "c"])
    }

    private func held() -> (TextSpanExporter, WorkerGate) {
        let gate = WorkerGate()
        return (TextSpanExporter(gate: gate), gate)
    }
}
