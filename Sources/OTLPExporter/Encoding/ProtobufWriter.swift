/// Protobuf's wire format, written from the last byte to the first.
///
/// The length of a nested message stands before it and is only known after it. Written backwards it is known in time:
/// one pass, no sizes computed before, nothing moved. So fields, and the elements of a repeated field, are written in
/// reverse order.
struct ProtobufWriter: ~Copyable {
    /// Owned from `init` to `deinit`; what is written stands at its end.
    private var memory: UnsafeMutableRawBufferPointer
    private var start: Int

    init(capacity: Int = 4096) {
        memory = .allocate(byteCount: max(16, capacity), alignment: 16)
        start = memory.count
    }

    deinit { memory.deallocate() }

    /// How many bytes are written.
    var count: Int { memory.count - start }

    /// What is written. Valid until the next change.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(rebasing: memory[start...]))
    }

    /// Forgets what is written. The memory is kept for the next message, unless it grew beyond `limit` bytes.
    mutating func removeAll(keepingCapacityUpTo limit: Int = 4 << 20) {
        if memory.count > limit {
            memory.deallocate()
            memory = .allocate(byteCount: 4096, alignment: 16)
        }
        start = memory.count
    }

    // MARK: Fields

    /// A field of type `uint32`, `uint64`, `int64`, `bool` or an enumeration.
    mutating func varint(_ field: UInt32, _ value: UInt64) {
        raw(value)
        tag(field, .varint)
    }

    /// A field of type `fixed64` or `sfixed64`.
    mutating func fixed64(_ field: UInt32, _ value: UInt64) {
        raw(fixed: value.littleEndian)
        tag(field, .fixed64)
    }

    /// A field of type `fixed32`.
    mutating func fixed32(_ field: UInt32, _ value: UInt32) {
        raw(fixed: value.littleEndian)
        tag(field, .fixed32)
    }

    /// A field of type `double`.
    mutating func double(_ field: UInt32, _ value: Double) { fixed64(field, value.bitPattern) }

    /// A field of type `string`.
    mutating func string(_ field: UInt32, _ value: String) {
        let utf8 = value.utf8
        let isWritten: Void? = utf8.withContiguousStorageIfAvailable { bytes(field, UnsafeRawBufferPointer($0)) }
        if isWritten == nil { Array(utf8).withUnsafeBytes { bytes(field, $0) } }
    }

    /// A field of type `bytes`.
    mutating func bytes(_ field: UInt32, _ value: UnsafeRawBufferPointer) {
        reserve(value.count)
        start -= value.count
        UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyMemory(from: value)
        length(value.count, of: field)
    }

    /// A field of type `bytes` that holds a word in big-endian order.
    mutating func bytes(_ field: UInt32, bigEndian value: UInt64) {
        raw(fixed: value.bigEndian)
        length(8, of: field)
    }

    /// A field of type `bytes` that holds two words in big-endian order.
    mutating func bytes(_ field: UInt32, bigEndian high: UInt64, _ low: UInt64) {
        raw(fixed: low.bigEndian)
        raw(fixed: high.bigEndian)
        length(16, of: field)
    }

    /// A packed field of 64-bit words, given in their order.
    mutating func packed(_ field: UInt32, _ words: some BidirectionalCollection<UInt64>) {
        for word in words.reversed() { raw(fixed: word.littleEndian) }
        length(words.count * 8, of: field)
    }

    /// A nested message, whose fields `body` writes.
    mutating func message(_ field: UInt32, _ body: (inout ProtobufWriter) -> Void) {
        let before = count
        body(&self)
        length(count - before, of: field)
    }

    // MARK: Bytes

    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    private mutating func tag(_ field: UInt32, _ type: WireType) { raw(UInt64(field) << 3 | type.rawValue) }

    private mutating func length(_ length: Int, of field: UInt32) {
        raw(UInt64(length))
        tag(field, .lengthDelimited)
    }

    private mutating func raw(_ value: UInt64) {
        guard value >= 0x80 else {
            reserve(1)
            start -= 1
            memory[start] = UInt8(truncatingIfNeeded: value)
            return
        }
        let size = (70 - (value | 1).leadingZeroBitCount) / 7
        reserve(size)
        start -= size
        var rest = value
        for offset in 0..<size - 1 {
            memory[start + offset] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        memory[start + size - 1] = UInt8(truncatingIfNeeded: rest)
    }

    private mutating func raw<Word: FixedWidthInteger & BitwiseCopyable>(fixed word: Word) {
        reserve(MemoryLayout<Word>.size)
        start -= MemoryLayout<Word>.size
        memory.storeBytes(of: word, toByteOffset: start, as: Word.self)
    }

    private mutating func reserve(_ size: Int) {
        if start < size { grow(by: size) }
    }

    private mutating func grow(by size: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(memory.count * 2, memory.count + size), alignment: 16)
        let newStart = larger.count - count
        UnsafeMutableRawBufferPointer(rebasing: larger[newStart...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: memory[start...]))
        memory.deallocate()
        memory = larger
        start = newStart
    }
}
