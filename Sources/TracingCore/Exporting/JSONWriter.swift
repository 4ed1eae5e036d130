import SpanlinkRuntime

/// Writes JSON text, value after value, without a tree in between, into memory of its caller.
///
/// Puts the commas; the caller closes everything it opens. If the memory is full the writer only counts: ``count`` is then
/// larger than the memory, and the text is void. For the cases in which OTLP's JSON differs from plain JSON (OTLP
/// specification, "JSON Protobuf Encoding") there are methods of their own: 64-bit integers as decimal strings, ids in
/// hexadecimal, bytes in base64, and "NaN" and "Infinity" as strings.
package struct JSONWriter {
    private var output: CountingBuffer
    private var needsComma = false

    /// A writer from the start of `memory`, which the caller owns and keeps until the last write.
    package init(_ memory: UnsafeMutableRawBufferPointer) { output = CountingBuffer(memory) }

    /// The number of bytes of the text.
    package var count: Int { output.count }

    /// The text that `body` writes. `body` runs again with more memory if the text is long.
    package static func bytes(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var size = 256
        while true {
            var needed = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
                var json = JSONWriter(UnsafeMutableRawBufferPointer(memory))
                body(&json)
                needed = json.count
                count = min(needed, memory.count)
            }
            if needed <= bytes.count { return bytes }
            size = needed
        }
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of a member; its value comes next.
    package mutating func key(_ name: String) {
        separate()
        name.withUTF8Bytes { quote($0) }
        output.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of a member that needs no escaping.
    package mutating func key(_ name: StaticString) {
        separate()
        output.append(UInt8(ascii: "\""))
        output.append(name)
        output.append("\":")
        needsComma = false
    }

    package mutating func string(_ value: String) {
        separate()
        value.withUTF8Bytes { quote($0) }
    }

    /// A string from bytes that may not be UTF-8: invalid sequences become U+FFFD.
    package mutating func string(utf8 value: UnsafeRawBufferPointer) {
        string(String(decoding: value, as: UTF8.self))
    }

    package mutating func bool(_ value: Bool) {
        separate()
        output.append(value ? "true" : "false")
    }

    package mutating func null() {
        separate()
        output.append("null")
    }

    package mutating func integer(_ value: Int64) {
        separate()
        decimal(value.magnitude, isNegative: value < 0)
    }

    /// A 64-bit integer as a decimal string.
    package mutating func decimalString(_ value: Int64) {
        separate()
        output.append(UInt8(ascii: "\""))
        decimal(value.magnitude, isNegative: value < 0)
        output.append(UInt8(ascii: "\""))
    }

    /// An unsigned 64-bit integer as a decimal string.
    package mutating func decimalString(_ value: UInt64) {
        separate()
        output.append(UInt8(ascii: "\""))
        decimal(value, isNegative: false)
        output.append(UInt8(ascii: "\""))
    }

    /// A number; a value that JSON has no number for becomes the string "NaN", "Infinity" or "-Infinity".
    package mutating func double(_ value: Double) {
        if value.isFinite {
            separate()
            value.description.withUTF8Bytes { output.append($0) }
        } else {
            string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }

    /// A word in big-endian order as sixteen lower-case hexadecimal digits.
    package mutating func hexadecimal(_ word: UInt64) {
        separate()
        output.append(UInt8(ascii: "\""))
        digits(word)
        output.append(UInt8(ascii: "\""))
    }

    /// Two words in big-endian order as 32 lower-case hexadecimal digits.
    package mutating func hexadecimal(_ high: UInt64, _ low: UInt64) {
        separate()
        output.append(UInt8(ascii: "\""))
        digits(high)
        digits(low)
        output.append(UInt8(ascii: "\""))
    }

    /// Bytes in base64 with padding (RFC 4648, section 4).
    package mutating func base64(_ value: [UInt8]) {
        separate()
        output.append(UInt8(ascii: "\""))
        var index = 0
        while index < value.count {
            let count = min(3, value.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(value[index + offset]) : 0) }
            for digit in 0..<4 {
                let code = UInt8(group >> UInt32(18 - 6 * digit) & 63)
                output.append(digit <= count ? Self.base64Digit(code) : UInt8(ascii: "="))
            }
            index += 3
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Text that another writer made: one value, or several members or elements with the commas between them.
    package mutating func encoded(_ text: UnsafeRawBufferPointer) {
        guard !text.isEmpty else { return }
        separate()
        output.append(text)
    }

    /// The line feed that ends a line of JSON.
    package mutating func lineFeed() {
        output.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        output.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        output.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { output.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func digits(_ word: UInt64) {
        guard let place = output.take(16) else { return }
        Hex.write(word, into: UnsafeMutableRawBufferPointer(start: place, count: 16), at: 0)
    }

    private mutating func decimal(_ magnitude: UInt64, isNegative: Bool) {
        var size = 1
        var bound = magnitude / 10
        while bound > 0 {
            size += 1
            bound /= 10
        }
        if isNegative { output.append(UInt8(ascii: "-")) }
        guard let place = output.take(size) else { return }
        var rest = magnitude
        for offset in stride(from: size - 1, through: 0, by: -1) {
            place.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), toByteOffset: offset, as: UInt8.self)
            rest /= 10
        }
    }

    /// RFC 8259, section 7: quotation mark, reverse solidus and control characters are escaped, all else stays.
    private mutating func quote(_ text: UnsafeRawBufferPointer) {
        output.append(UInt8(ascii: "\""))
        var start = 0
        for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            output.append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
            escape(byte)
            start = index + 1
        }
        output.append(UnsafeRawBufferPointer(rebasing: text[start...]))
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): output.append(#"\""#)
        case UInt8(ascii: "\\"): output.append(#"\\"#)
        case UInt8(ascii: "\n"): output.append(#"\n"#)
        case UInt8(ascii: "\r"): output.append(#"\r"#)
        case UInt8(ascii: "\t"): output.append(#"\t"#)
        default:
            output.append(#"\u00"#)
            output.append(Hex.digit(of: byte >> 4))
            output.append(Hex.digit(of: byte & 15))
        }
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
