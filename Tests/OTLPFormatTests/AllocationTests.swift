import CMallocCounter
import Testing
import TracingCore

@testable import OTLPFormat

/// Encoding takes no heap memory once the cached forms are made.
@Suite(.enabled(if: malloc_counter_is_available(), "allocations are counted on glibc without a sanitizer only"))
struct AllocationTests {
    private static let offset = AttributeKey.named("messaging.kafka.offset")
    private static let key = AttributeKey.named("messaging.kafka.message.key")
    private static let context = SpanContext(
        traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceFlags: [.sampled])
    private static let template = SpanTemplate(
        name: "process orders", attributes: AttributeSet(["messaging.system": "kafka", "server.port": 9092]),
        scope: InstrumentationScope(name: "kafka"))

    /// Links of numbers and borrowed text.
    private final class Links: FactLinks {
        let count = 500
        let estimatedSize = 0
        private let text = Array("order-42".utf8)

        func context(at index: Int) -> SpanContext { AllocationTests.context }
        func attributes(at index: Int) -> Attributes { [:] }

        func describe(_ index: Int, into record: inout LinkRecord) {
            record.traceID = AllocationTests.context.traceID
            record.spanID = SpanID(UInt64(index + 1))
            record.facts.append(AllocationTests.offset, Int64(index))
            // The array lives as long as this object.
            text.withUnsafeBytes { record.facts.append(AllocationTests.key, borrowing: $0) }
        }
    }

    private func allocations(_ body: () -> Void) -> Int64 {
        body()
        malloc_counter_start()
        body()
        return malloc_counter_stop()
    }

    private func encode(_ links: SpanLinks, _ encoder: some SpanEncoder) -> Int64 {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { memory.deallocate() }
        var size = 0
        let count = allocations {
            AttributeFacts.withList { facts in
                facts.append(Self.offset, 42 as Int64)
                let time = Timestamp(nanosecondsSinceEpoch: 1)
                var span = EndedSpan(
                    Self.template, context: Self.context, parent: Self.context, kind: .consumer, startTime: time,
                    endTime: time)
                span.facts = facts.elements
                span.links = links
                size = encoder.encode(span, into: memory)
            }
        }
        #expect(size > 50 && size < memory.count)
        return count
    }

    @Test func spanAllocatesNothing() {
        #expect(encode(.none, ProtobufSpanEncoder()) == 0)
        #expect(encode(.none, JSONSpanEncoder()) == 0)
    }

    @Test func packedLinksAllocateNothing() {
        let links = SpanLinks(Links() as any FactLinks)
        #expect(encode(links, ProtobufSpanEncoder()) == 0)
    }
}
