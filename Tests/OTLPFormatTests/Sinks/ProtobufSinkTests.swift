import TestSupport
import Testing

@testable import OTLPFormat

@Suite struct ProtobufSinkTests {
    private static let text = OTLPField(1, "text")
    private static let nested = OTLPField(2, "nested")

    private func write(_ sizes: [Int], expecting size: Int, to sink: inout ProtobufSink) {
        guard let first = sizes.first else { return }
        sink.message(Self.nested, expecting: size) { sink in
            sink.string(Self.text, String(repeating: "x", count: first))
            write(Array(sizes.dropFirst()), expecting: size, to: &sink)
        }
    }

    /// A wrong guess at the size of a message changes nothing but the time it takes.
    @Test(arguments: [0, 127, 128, 16_383, 16_384, 3_000_000])
    func lengthsAreCanonicalAfterAWrongGuess(expected: Int) throws {
        for sizes in [[0], [120], [130, 0], [10, 126, 3], [16_400], [100, 16_000, 120], [0, 0, 0]] {
            let exact = EncodedBytes.make { ProtobufSink.write(into: $0) { write(sizes, expecting: 0, to: &$0) } }
            for capacity in [0, exact.count / 2, exact.count - 1, exact.count] {
                var memory = [UInt8](repeating: 0xAA, count: capacity + 8)
                let size = memory.withUnsafeMutableBytes { memory in
                    ProtobufSink.write(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<capacity])) {
                        write(sizes, expecting: expected, to: &$0)
                    }
                }
                #expect(size == exact.count && memory[capacity...].allSatisfy { $0 == 0xAA })
                if capacity == exact.count { #expect(memory[..<capacity].elementsEqual(exact)) }
            }
            // The decoder refuses lengths that are longer than needed.
            var message = try ProtobufMessage(exact)
            for size in sizes {
                message = try message.message(2)
                #expect(try message.string(1).utf8.count == size)
            }
        }
    }
}
