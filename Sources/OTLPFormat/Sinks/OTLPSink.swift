import TracingCore

/// Takes the fields of OTLP messages from ``OTLPSchema`` and writes them in one format.
///
/// Fields come in the order of the schema. The methods are named after protobuf's types. All of them write what they are
/// given, a zero or an empty text too.
protocol OTLPSink {
    /// Whether readers of the format expect some fields even if they have the default value.
    static var writesDefaults: Bool { get }

    mutating func string(_ field: OTLPField, _ value: String)
    /// UTF-8; the bytes are valid during the call.
    mutating func string(_ field: OTLPField, utf8 value: UnsafeRawBufferPointer)
    mutating func bytes(_ field: OTLPField, _ value: [UInt8])
    /// An id of eight bytes.
    mutating func id(_ field: OTLPField, _ word: UInt64)
    /// An id of sixteen bytes.
    mutating func id(_ field: OTLPField, _ high: UInt64, _ low: UInt64)
    mutating func bool(_ field: OTLPField, _ value: Bool)
    mutating func int64(_ field: OTLPField, _ value: Int64)
    mutating func uint32(_ field: OTLPField, _ value: UInt32)
    mutating func sint32(_ field: OTLPField, _ value: Int32)
    mutating func enumeration(_ field: OTLPField, _ value: Int)
    mutating func fixed32(_ field: OTLPField, _ value: UInt32)
    mutating func fixed64(_ field: OTLPField, _ value: UInt64)
    mutating func sfixed64(_ field: OTLPField, _ value: Int64)
    mutating func double(_ field: OTLPField, _ value: Double)
    mutating func packed(_ field: OTLPField, fixed64 values: [UInt64])
    mutating func packed(_ field: OTLPField, double values: [Double])
    mutating func packed(_ field: OTLPField, uint64 values: [UInt64])

    /// The message that is not nested in another one.
    mutating func root(_ body: (inout Self) -> Void)
    /// A nested message, whose fields `body` writes.
    ///
    /// - Parameter size: about how many bytes it has in protobuf. A good guess saves moving it.
    mutating func message(_ field: OTLPField, expecting size: Int, _ body: (inout Self) -> Void)
    /// A repeated field of messages, which `body` writes with ``element(_:expecting:_:)``.
    mutating func repeated(_ field: OTLPField, _ body: (inout Self) -> Void)
    /// One message of a repeated field.
    ///
    /// - Returns: the number of its bytes, a good guess for the next element.
    @discardableResult
    mutating func element(_ field: OTLPField, expecting size: Int, _ body: (inout Self) -> Void) -> Int
    /// One message of a repeated field that a sink of this type has written before.
    mutating func element(_ field: OTLPField, encoded message: UnsafeRawBufferPointer)

    /// Copies fields that are the same each time from `cache`.
    ///
    /// - Returns: Whether they were there. If not, nothing is written.
    mutating func copy(_ part: CachedPart, from cache: borrowing EncodingCache) -> Bool
    /// Writes fields that are the same each time, and keeps their bytes in `cache`.
    mutating func keep(_ part: CachedPart, in cache: borrowing EncodingCache, _ body: (inout Self) -> Void)
}

/// The fields that a cache keeps. A cache belongs to one value, so that different values may use the same slots.
enum CachedPart {
    /// The name of a template, the key of an attribute.
    case name
    /// The attributes of a set, of a span.
    case spanAttributes
    /// The attributes of a set, of a link.
    case linkAttributes
}

extension OTLPSink {
    @inline(__always)
    mutating func message(_ field: OTLPField, _ body: (inout Self) -> Void) { message(field, expecting: 0, body) }
}
