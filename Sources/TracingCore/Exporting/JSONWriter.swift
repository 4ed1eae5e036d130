/// Writes JSON text into bytes, value after value, without a tree in between.
///
/// It puts the commas; the caller sees to it that what it opens is closed. Where OTLP's JSON differs from plain JSON
/// (OTLP specification, "JSON Protobuf Encoding") there are methods of its own: 64-bit integers as decimal strings, ids
/// in hexadecimal, bytes in base64, and "NaN" and "Infinity" as strings.
package struct JSONWriter: Sendable {
    /// The text so far, UTF-8.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(capacity: Int = 0) {
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Empties the text. Its memory is kept for the next one, unless it grew beyond `limit` bytes.
    package mutating func removeAll(keepingCapacityUpTo limit: Int = 4 << 20) {
        bytes.removeAll(keepingCapacity: bytes.capacity <= limit)
        needsComma = false
    }

    package mutating func beginObject() { open("{") }
    package mutating func endObject() { close("}") }
    package mutating func beginArray() { open("[") }
    package mutating func endArray() { close("]") }

    /// The name of a member; its value comes next.
    package mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        quote(value)
    }

    /// A string from bytes that may not be UTF-8: what is not becomes U+FFFD.
    package mutating func string(utf8 value: some Collection<UInt8>) {
        string(String(decoding: value, as: UTF8.self))
    }

    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }
    package mutating func null() { literal("null") }
    package mutating func integer(_ value: some FixedWidthInteger) { literal(String(value)) }

    /// A 64-bit integer as a decimal string.
    package mutating func decimalString(_ value: some FixedWidthInteger) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: String(value).utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A number; what JSON has no number for becomes the string "NaN", "Infinity" or "-Infinity".
    package mutating func double(_ value: Double) {
        if value.isFinite {
            literal(value.description)
        } else {
            string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }

    /// Bytes as lower-case hexadecimal digits.
    package mutating func hexadecimal(_ value: some Sequence<UInt8>) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in value {
            bytes.append(Hex.digit(of: byte >> 4))
            bytes.append(Hex.digit(of: byte & 15))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Bytes in base64 with padding (RFC 4648, section 4).
    package mutating func base64(_ value: [UInt8]) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var index = 0
        while index < value.count {
            let count = min(3, value.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(value[index + offset]) : 0) }
            for digit in 0..<4 {
                let code = UInt8(group >> UInt32(18 - 6 * digit) & 63)
                bytes.append(digit <= count ? Self.base64Digit(code) : UInt8(ascii: "="))
            }
            index += 3
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Raw bytes between values: the line feed that ends a line of JSON.
    package mutating func lineFeed() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// RFC 8259, section 7: quotation mark, reverse solidus and control characters are escaped, all else stays.
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x20...: bytes.append(byte)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
            default:
                bytes.append(contentsOf: #"\u00"#.utf8)
                bytes.append(Hex.digit(of: byte >> 4))
                bytes.append(Hex.digit(of: byte & 15))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func base64Digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
