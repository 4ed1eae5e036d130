import TracingCore

/// Writes OTLP's JSON into memory of the caller (OTLP specification, "JSON Protobuf Encoding"): ids in hexadecimal, 64-bit
/// integers as strings, enumerations as integers. If the memory is full the sink only counts.
struct JSONSink: OTLPSink {
    static let writesDefaults = true

    private var json: JSONWriter

    private init(_ memory: UnsafeMutableRawBufferPointer) { json = JSONWriter(memory) }

    /// Writes one value or a list of members from the start of `memory`.
    ///
    /// - Returns: The number of bytes of the text. If it is larger than `memory`, its content is void.
    static func write(into memory: UnsafeMutableRawBufferPointer, _ body: (inout JSONSink) -> Void) -> Int {
        var sink = JSONSink(memory)
        body(&sink)
        return sink.json.count
    }

    /// Ends a line of JSON.
    mutating func lineFeed() { json.lineFeed() }

    // MARK: Scalars

    mutating func string(_ field: OTLPField, _ value: String) {
        json.key(field.name)
        json.string(value)
    }

    mutating func string(_ field: OTLPField, utf8 value: UnsafeRawBufferPointer) {
        json.key(field.name)
        json.string(utf8: value)
    }

    mutating func bytes(_ field: OTLPField, _ value: [UInt8]) {
        json.key(field.name)
        json.base64(value)
    }

    mutating func id(_ field: OTLPField, _ word: UInt64) {
        json.key(field.name)
        json.hexadecimal(word)
    }

    mutating func id(_ field: OTLPField, _ high: UInt64, _ low: UInt64) {
        json.key(field.name)
        json.hexadecimal(high, low)
    }

    mutating func bool(_ field: OTLPField, _ value: Bool) {
        json.key(field.name)
        json.bool(value)
    }

    mutating func int64(_ field: OTLPField, _ value: Int64) { sfixed64(field, value) }

    mutating func uint32(_ field: OTLPField, _ value: UInt32) { enumeration(field, Int(value)) }

    mutating func sint32(_ field: OTLPField, _ value: Int32) { enumeration(field, Int(value)) }

    mutating func fixed32(_ field: OTLPField, _ value: UInt32) { enumeration(field, Int(value)) }

    mutating func enumeration(_ field: OTLPField, _ value: Int) {
        json.key(field.name)
        json.integer(Int64(value))
    }

    mutating func fixed64(_ field: OTLPField, _ value: UInt64) {
        json.key(field.name)
        json.decimalString(value)
    }

    mutating func sfixed64(_ field: OTLPField, _ value: Int64) {
        json.key(field.name)
        json.decimalString(value)
    }

    mutating func double(_ field: OTLPField, _ value: Double) {
        json.key(field.name)
        json.double(value)
    }

    mutating func packed(_ field: OTLPField, fixed64 values: [UInt64]) {
        json.key(field.name)
        json.beginArray()
        for value in values { json.decimalString(value) }
        json.endArray()
    }

    mutating func packed(_ field: OTLPField, uint64 values: [UInt64]) { packed(field, fixed64: values) }

    mutating func packed(_ field: OTLPField, double values: [Double]) {
        json.key(field.name)
        json.beginArray()
        for value in values { json.double(value) }
        json.endArray()
    }

    // MARK: Messages

    @inline(__always)
    mutating func root(_ body: (inout JSONSink) -> Void) {
        json.beginObject()
        body(&self)
        json.endObject()
    }

    @inline(__always)
    mutating func message(_ field: OTLPField, expecting size: Int, _ body: (inout JSONSink) -> Void) {
        json.key(field.name)
        root(body)
    }

    @inline(__always)
    mutating func repeated(_ field: OTLPField, _ body: (inout JSONSink) -> Void) {
        json.key(field.name)
        json.beginArray()
        body(&self)
        json.endArray()
    }

    @inline(__always)
    @discardableResult
    mutating func element(_ field: OTLPField, expecting size: Int, _ body: (inout JSONSink) -> Void) -> Int {
        let start = json.count
        root(body)
        return json.count - start
    }

    mutating func element(_ field: OTLPField, encoded message: UnsafeRawBufferPointer) { json.encoded(message) }

    mutating func copy(_ part: CachedPart, from cache: borrowing EncodingCache) -> Bool {
        guard let text = cache.bytes(Self.slot) else { return false }
        json.encoded(text)
        return true
    }

    mutating func keep(_ part: CachedPart, in cache: borrowing EncodingCache, _ body: (inout JSONSink) -> Void) {
        json.encoded(cache.bytes(Self.slot) { EncodedBytes.make { Self.write(into: $0, body) } })
    }

    /// The slot of all parts: in JSON the attributes of a link look like those of a span.
    private static var slot: EncodingSlot { EncodingSlot(2) }
}
