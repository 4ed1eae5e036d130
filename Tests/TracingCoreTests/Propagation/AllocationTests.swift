import CMallocCounter
import Testing
import TracingCore

/// What the hot path promises: reading a context from bytes takes no heap memory.
@Suite(.enabled(if: malloc_counter_is_available(), "allocations are counted on glibc without a sanitizer only"))
struct AllocationTests {
    /// The allocations of this thread in `body`, once whatever is made on first use has been made.
    private func allocations(_ body: () -> Void) -> Int64 {
        body()
        malloc_counter_start()
        body()
        return malloc_counter_stop()
    }

    private func copy(_ text: String) -> UnsafeMutableRawBufferPointer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        bytes.copyBytes(from: text.utf8)
        return bytes
    }

    @Test func theCounterCounts() {
        let count = allocations {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 8)
            #expect(Bool(UInt(bitPattern: memory) != 0))
            memory.deallocate()
        }
        #expect(count > 0)
        let array = allocations { _ = Array(repeating: count, count: Int(count) + 100).withUnsafeBytes { $0.count } }
        #expect(array == 1)
    }

    @Test func parsingAllocatesNothing() {
        var parsed: SpanContext?
        let count = withBytes(validTraceParent) { bytes in
            allocations { parsed = TraceParent.parse(bytes) }
        }
        #expect(parsed == validContext)
        #expect(count == 0)
    }

    @Test func writingAllocatesNothing() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 55, alignment: 1)
        defer { buffer.deallocate() }
        #expect(allocations { TraceParent.write(validContext, into: buffer) } == 0)
        #expect(String(decoding: buffer, as: UTF8.self) == validTraceParent)
    }

    @Test func readingAMessageAllocatesNothing() {
        // The carrier stands outside what is counted, as it does in a client library.
        let carrier = [("x", "1"), ("traceparent", validTraceParent), ("content-type", "text/plain")].map {
            (copy($0), copy($1))
        }
        defer {
            for (name, value) in carrier {
                name.deallocate()
                value.deallocate()
            }
        }
        var read: SpanContext?
        let count = allocations {
            var reader = MessageContextReader()
            for index in 0..<carrier.count {
                reader.read(
                    name: UnsafeRawBufferPointer(carrier[index].0), value: UnsafeRawBufferPointer(carrier[index].1))
            }
            read = reader.finish()
        }
        #expect(read == validContext)
        #expect(count == 0)
    }

    @Test func newIDsAllocateNothing() {
        var valid = false
        #expect(allocations { valid = IDGenerator.traceID().isValid && IDGenerator.spanID().isValid } == 0)
        #expect(valid)
    }
}
