import TracingCore

/// Calls `body` with the UTF-8 bytes of a text.
func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Array(text.utf8).withUnsafeBytes(body)
}

extension MessageContextReader {
    /// Takes a header of bytes.
    mutating func read(_ name: String, _ value: [UInt8]?) {
        Array(name.utf8).withUnsafeBytes { name in
            if let value {
                value.withUnsafeBytes { read(name: name, value: $0) }
            } else {
                read(name: name, value: nil)
            }
        }
    }

    /// Takes a header of text.
    mutating func read(_ name: String, _ value: String) { read(name, Array(value.utf8)) }
}

let validTraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
let validContext = SpanContext(
    traceID: TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c), spanID: SpanID(0xb7ad_6b71_6920_3331),
    traceFlags: .sampled, isRemote: true)
