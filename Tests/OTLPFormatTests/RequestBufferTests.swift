import Testing

@testable import OTLPFormat

@Suite struct RequestBufferTests {
    private func fill(_ buffer: inout RequestBuffer, _ size: Int) -> Int {
        var calls = 0
        buffer.write { memory in
            calls += 1
            if size <= memory.count { for index in 0..<size { memory[index] = UInt8(truncatingIfNeeded: index) } }
            return size
        }
        #expect(buffer.count == size)
        #expect(buffer.withBytes { $0.elementsEqual((0..<size).map { UInt8(truncatingIfNeeded: $0) }) })
        return calls
    }

    @Test func memoryIsKeptForTheNextRequestUnlessItIsLarge() {
        var buffer = RequestBuffer(capacity: 16)
        #expect(fill(&buffer, 16) == 1)
        #expect(fill(&buffer, 100_000) == 2)
        buffer.removeAll()
        #expect(buffer.count == 0 && fill(&buffer, 100_000) == 1)
        buffer.removeAll(keepingCapacityUpTo: 50_000)
        #expect(fill(&buffer, 100_000) == 2)
    }
}
