import SpanlinkRuntime
import Testing

@Suite struct CountingBufferTests {
    @Test func bytesAreWrittenInOrder() {
        var memory = [UInt8](repeating: 0, count: 8)
        memory.withUnsafeMutableBytes { memory in
            var buffer = CountingBuffer(memory)
            buffer.append(UInt8(ascii: "a"))
            buffer.append("bc")
            buffer.take(1)?.storeBytes(of: UInt8(ascii: "d"), as: UInt8.self)
            "ef".withUTF8Bytes { buffer.append($0) }
            buffer.append(UnsafeRawBufferPointer(start: nil, count: 0))
            #expect(buffer.count == 6 && buffer.isComplete)
        }
        #expect(memory == Array("abcdef".utf8) + [0, 0])
    }

    @Test func fullMemoryIsLeftAloneWhileBytesAreCounted() {
        var memory = [UInt8](repeating: 7, count: 4)
        memory.withUnsafeMutableBytes { memory in
            var buffer = CountingBuffer(UnsafeMutableRawBufferPointer(rebasing: memory[..<2]))
            buffer.append(1)
            #expect(buffer.isComplete)
            buffer.append("too long")
            #expect(buffer.take(1) == nil)
            #expect(buffer.count == 10 && !buffer.isComplete)
        }
        #expect(memory == [1, 7, 7, 7])
    }

    @Test func noMemoryIsEnoughToCount() {
        var buffer = CountingBuffer(UnsafeMutableRawBufferPointer(start: nil, count: 0))
        buffer.append("abc")
        #expect(buffer.count == 3 && !buffer.isComplete)
    }
}
