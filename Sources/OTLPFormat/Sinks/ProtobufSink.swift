import SpanlinkRuntime
import TracingCore

/// Writes protobuf's wire format forward, into memory of the caller.
///
/// A nested message stands behind its length, which is only known after it. Room for the expected number of length bytes
/// is left; if the message is longer or shorter than expected it is moved. So the output is canonical. If the memory is full
/// the sink only counts.
struct ProtobufSink: OTLPSink {
    static let writesDefaults = false

    private var output: CountingBuffer
    /// Whether the sink leaves room as expected. Otherwise it leaves one byte, so that no message ever becomes shorter.
    private let usesExpectations: Bool
    /// Whether the memory was full at a time, though the result may fit.
    private var isIncomplete = false

    private init(_ memory: UnsafeMutableRawBufferPointer, usesExpectations: Bool) {
        output = CountingBuffer(memory)
        self.usesExpectations = usesExpectations
    }

    /// Writes the fields of one message from the start of `memory`.
    ///
    /// - Returns: The number of bytes of the message. If it is larger than `memory`, its content is void.
    @inline(__always)
    static func write(into memory: UnsafeMutableRawBufferPointer, _ body: (inout ProtobufSink) -> Void) -> Int {
        var sink = ProtobufSink(memory, usesExpectations: true)
        body(&sink)
        return sink.isIncomplete ? writeExactly(into: memory, body) : sink.output.count
    }

    @inline(never)
    private static func writeExactly(
        into memory: UnsafeMutableRawBufferPointer, _ body: (inout ProtobufSink) -> Void
    ) -> Int {
        var sink = ProtobufSink(memory, usesExpectations: false)
        body(&sink)
        return sink.output.count
    }

    // MARK: Scalars

    @inline(__always)
    mutating func string(_ field: OTLPField, _ value: String) {
        value.withUTF8Bytes { string(field, utf8: $0) }
    }

    @inline(__always)
    mutating func string(_ field: OTLPField, utf8 value: UnsafeRawBufferPointer) {
        let header = Self.tagSize(field) + Self.size(UInt64(value.count))
        guard let place = output.take(header &+ value.count) else { return }
        let body = Self.store(UInt64(value.count), at: Self.store(field, .lengthDelimited, at: place))
        if let source = value.baseAddress { body.copyMemory(from: source, byteCount: value.count) }
    }

    @inline(__always)
    mutating func bytes(_ field: OTLPField, _ value: [UInt8]) {
        value.withUnsafeBytes { string(field, utf8: $0) }
    }

    @inline(__always)
    mutating func id(_ field: OTLPField, _ word: UInt64) {
        guard let place = output.take(Self.tagSize(field) + 9) else { return }
        let length = Self.store(field, .lengthDelimited, at: place)
        length.storeBytes(of: 8, as: UInt8.self)
        length.storeBytes(of: word.bigEndian, toByteOffset: 1, as: UInt64.self)
    }

    @inline(__always)
    mutating func id(_ field: OTLPField, _ high: UInt64, _ low: UInt64) {
        guard let place = output.take(Self.tagSize(field) + 17) else { return }
        let length = Self.store(field, .lengthDelimited, at: place)
        length.storeBytes(of: 16, as: UInt8.self)
        length.storeBytes(of: high.bigEndian, toByteOffset: 1, as: UInt64.self)
        length.storeBytes(of: low.bigEndian, toByteOffset: 9, as: UInt64.self)
    }

    @inline(__always)
    mutating func bool(_ field: OTLPField, _ value: Bool) { varint(field, value ? 1 : 0) }

    @inline(__always)
    mutating func int64(_ field: OTLPField, _ value: Int64) { varint(field, UInt64(bitPattern: value)) }

    @inline(__always)
    mutating func uint32(_ field: OTLPField, _ value: UInt32) { varint(field, UInt64(value)) }

    /// Zigzag: small numbers take few bytes whatever their sign.
    mutating func sint32(_ field: OTLPField, _ value: Int32) {
        varint(field, UInt64(UInt32(bitPattern: (value << 1) ^ (value >> 31))))
    }

    @inline(__always)
    mutating func enumeration(_ field: OTLPField, _ value: Int) { varint(field, UInt64(value)) }

    @inline(__always)
    mutating func fixed32(_ field: OTLPField, _ value: UInt32) {
        guard let place = output.take(Self.tagSize(field) + 4) else { return }
        Self.store(field, .fixed32, at: place).storeBytes(of: value.littleEndian, as: UInt32.self)
    }

    @inline(__always)
    mutating func fixed64(_ field: OTLPField, _ value: UInt64) {
        guard let place = output.take(Self.tagSize(field) + 8) else { return }
        Self.store(field, .fixed64, at: place).storeBytes(of: value.littleEndian, as: UInt64.self)
    }

    @inline(__always)
    mutating func sfixed64(_ field: OTLPField, _ value: Int64) { fixed64(field, UInt64(bitPattern: value)) }

    @inline(__always)
    mutating func double(_ field: OTLPField, _ value: Double) { fixed64(field, value.bitPattern) }

    mutating func packed(_ field: OTLPField, fixed64 values: [UInt64]) {
        guard !values.isEmpty else { return }
        let size = values.count * 8
        guard let place = output.take(Self.tagSize(field) + Self.size(UInt64(size)) + size) else { return }
        var word = Self.store(UInt64(size), at: Self.store(field, .lengthDelimited, at: place))
        for value in values {
            word.storeBytes(of: value.littleEndian, as: UInt64.self)
            word += 8
        }
    }

    mutating func packed(_ field: OTLPField, double values: [Double]) {
        packed(field, fixed64: values.map(\.bitPattern))
    }

    mutating func packed(_ field: OTLPField, uint64 values: [UInt64]) {
        guard !values.isEmpty else { return }
        let size = values.reduce(0) { $0 + Self.size($1) }
        guard let place = output.take(Self.tagSize(field) + Self.size(UInt64(size)) + size) else { return }
        var next = Self.store(UInt64(size), at: Self.store(field, .lengthDelimited, at: place))
        for value in values { next = Self.store(value, at: next) }
    }

    @inline(__always)
    private mutating func varint(_ field: OTLPField, _ value: UInt64) {
        guard let place = output.take(Self.tagSize(field) + Self.size(value)) else { return }
        _ = Self.store(value, at: Self.store(field, .varint, at: place))
    }

    // MARK: Messages

    @inline(__always)
    mutating func root(_ body: (inout ProtobufSink) -> Void) { body(&self) }

    @inline(__always)
    mutating func message(_ field: OTLPField, expecting size: Int, _ body: (inout ProtobufSink) -> Void) {
        element(field, expecting: size, body)
    }

    @inline(__always)
    mutating func repeated(_ field: OTLPField, _ body: (inout ProtobufSink) -> Void) { body(&self) }

    @inline(__always)
    @discardableResult
    mutating func element(_ field: OTLPField, expecting size: Int, _ body: (inout ProtobufSink) -> Void) -> Int {
        let room = usesExpectations ? Self.size(UInt64(size)) : 1
        let tagSize = Self.tagSize(field)
        if let place = output.take(tagSize + room) { _ = Self.store(field, .lengthDelimited, at: place) }
        let start = output.count
        body(&self)
        let written = output.count &- start
        let needed = Self.size(UInt64(written))
        if needed != room { move(from: start, count: written, by: needed - room) }
        if output.isComplete { _ = Self.store(UInt64(written), at: output.start + (start &- room)) }
        return written
    }

    @inline(__always)
    mutating func element(_ field: OTLPField, encoded message: UnsafeRawBufferPointer) { string(field, utf8: message) }

    /// Moves a message whose length takes more or fewer bytes than expected.
    @inline(never)
    private mutating func move(from start: Int, count: Int, by distance: Int) {
        if distance < 0, !output.isComplete { isIncomplete = true }
        output.count += distance
        guard output.isComplete, !isIncomplete else { return }
        (output.start + (start + distance)).copyMemory(from: output.start + start, byteCount: count)
    }

    @inline(__always)
    mutating func copy(_ part: CachedPart, from cache: borrowing EncodingCache) -> Bool {
        guard let bytes = cache.bytes(EncodingSlot(protobuf: part)) else { return false }
        output.append(bytes)
        return true
    }

    mutating func keep(_ part: CachedPart, in cache: borrowing EncodingCache, _ body: (inout ProtobufSink) -> Void) {
        output.append(
            cache.bytes(EncodingSlot(protobuf: part)) { EncodedBytes.make { Self.write(into: $0, body) } })
    }

    // MARK: Bytes

    private enum WireType: UInt32 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    /// The number of bytes of a field's tag. No field of OTLP has a number above 2,047.
    @inline(__always)
    private static func tagSize(_ field: OTLPField) -> Int { field.number < 16 ? 1 : 2 }

    @inline(__always)
    private static func store(
        _ field: OTLPField, _ type: WireType, at place: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let tag = field.number << 3 | type.rawValue
        if field.number < 16 {
            place.storeBytes(of: UInt8(truncatingIfNeeded: tag), as: UInt8.self)
            return place + 1
        }
        place.storeBytes(of: UInt8(truncatingIfNeeded: tag | 0x80), as: UInt8.self)
        place.storeBytes(of: UInt8(truncatingIfNeeded: tag >> 7), toByteOffset: 1, as: UInt8.self)
        return place + 2
    }

    /// The number of bytes of a varint.
    @inline(__always)
    private static func size(_ value: UInt64) -> Int {
        value < 0x80 ? 1 : (70 - value.leadingZeroBitCount) / 7
    }

    /// - Returns: The place behind the varint.
    @inline(__always)
    private static func store(_ value: UInt64, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var place = place
        var rest = value
        while rest >= 0x80 {
            place.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            rest >>= 7
            place += 1
        }
        place.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        return place + 1
    }
}

extension EncodingSlot {
    /// Slots 0 and 1 are protobuf's, 2 is JSON's.
    @inline(__always)
    fileprivate init(protobuf part: CachedPart) {
        switch part {
        case .name, .spanAttributes: self.init(0)
        case .linkAttributes: self.init(1)
        }
    }
}
