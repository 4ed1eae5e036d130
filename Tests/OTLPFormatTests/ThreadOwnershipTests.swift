import CMallocCounter
import Foundation
import OTLPFormat
import SpanlinkRuntime
import TestSupport
import Testing
import TracingCore

/// Memory is cheap if one thread allocates and frees it: the export thread frees no block of the thread that ends spans,
/// except slabs.
@Suite(
    .serialized,
    .enabled(if: malloc_counter_is_available(), "allocations are counted on glibc without a sanitizer only"))
struct ThreadOwnershipTests {
    private let template = SpanTemplate(
        name: "send orders", attributes: AttributeSet(["messaging.system": "kafka"]),
        scope: InstrumentationScope(name: "library"))
    private let offset = AttributeKey.named("messaging.kafka.offset")

    private final class Requests: Sendable {
        let spans = Atomic<Int>(0)
    }

    /// Ends spans on a thread of its own and exports them.
    ///
    /// - Returns: The number of blocks of that thread that the export thread freed, and of exported spans.
    private func foreignFrees(
        _ count: Int, asObjects: Bool = false, _ record: @escaping @Sendable (TracingBackend, Int) -> Void
    ) async throws -> (frees: Int64, spans: Int) {
        let requests = Requests()
        let exporter = OTLPRequestExporter { _, count, _ in
            malloc_counter_watch()
            requests.spans.add(count, ordering: .relaxed)
            return true
        }
        let processor = BatchSpanProcessor(exporter: asObjects ? ObjectExporter(exporter: exporter) : exporter)
        let backend = TracingBackend.core(TracerProvider(processors: [processor]))
        // The first export tells the export thread to watch.
        record(backend, 0)
        #expect(await processor.forceFlush(deadline: .now + .seconds(600)))
        try await onThread {
            malloc_counter_note_start()
            for index in 1...count { record(backend, index) }
            _ = malloc_counter_note_stop()
        }
        #expect(await processor.shutdown(deadline: .now + .seconds(600)))
        return (malloc_counter_foreign_frees(), requests.spans.load(ordering: .relaxed))
    }

    /// The slabs of 20,000 spans of less than 200 bytes, an object and its memory each, and the list of full ones.
    private let slabBlocks: Int64 = 2 * (20_000 * 200 / (256 << 10) + 2) + 8

    @Test func exportThreadFreesOnlySlabsOfPlainSpans() async throws {
        let (template, offset) = (template, offset)
        let (frees, spans) = try await foreignFrees(20_000) { backend, index in
            let span = backend.startDeferredSpan(template, kind: .producer, parent: .root)
            span.end(template, lateAttributes: { $0.append(offset, index) })
        }
        #expect(spans == 20_001)
        #expect(frees <= slabBlocks)
    }

    @Test func exportThreadFreesOnlySlabsOfSpanObjects() async throws {
        let (frees, spans) = try await foreignFrees(20_000) { backend, index in
            let span = backend.startSpan("process orders", kind: .consumer, parent: .root)
            span.setAttribute("order", .string("a number that takes memory of its own: \(index)"))
            span.addEvent("handled")
            span.end()
        }
        #expect(spans == 20_001)
        #expect(frees <= slabBlocks)
    }

    /// The counter sees the frees of an exporter that takes objects.
    @Test func exportThreadFreesObjectsOfObjectExporter() async throws {
        let (frees, spans) = try await foreignFrees(20_000, asObjects: true) { backend, _ in
            backend.startSpan("process orders", kind: .consumer, parent: .root).end()
        }
        #expect(spans == 20_001)
        #expect(frees > 10_000)
    }
}

/// Hides that an exporter takes encoded spans.
private struct ObjectExporter: SpanExporter {
    let exporter: OTLPRequestExporter

    func export(_ spans: [SpanData], deadline: ContinuousClock.Instant) -> Bool {
        exporter.export(spans, deadline: deadline)
    }
}
