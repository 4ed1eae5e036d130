/// The grammar and percent-encoding of a `baggage` header (W3C Baggage, section 3.3).
enum BaggageCodec {
    /// The entry that a list member states; `nil` if it breaks the grammar.
    ///
    /// Metadata is passed on as it is; it is dropped alone if it has other bytes than printable ASCII.
    static func entry(_ member: UnsafeRawBufferPointer) -> Baggage.Entry? {
        let end = member.firstIndex(of: UInt8(ascii: ";")) ?? member.count
        guard let separator = member.slice(0, end).firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = member.slice(0, separator).trimmed
        let value = member.slice(separator + 1, end).trimmed
        guard isToken(key), value.allSatisfy(isValueByte) else { return nil }
        let metadata = end < member.count ? member.slice(end + 1, member.count).trimmed : nil
        return Baggage.Entry(
            key: key.string, value: decode(value),
            metadata: metadata.flatMap { !$0.isEmpty && $0.allSatisfy(isMetadataByte) ? $0.string : nil })
    }

    /// The properties of an entry's metadata. Only values are percent-decoded.
    static func properties(_ metadata: String) -> [(key: String, value: String?)] {
        metadata.withBytes { bytes in
            var properties: [(key: String, value: String?)] = []
            bytes.forEachPart(separatedBy: UInt8(ascii: ";")) { part in
                if let separator = part.firstIndex(of: UInt8(ascii: "=")) {
                    let value = part.slice(separator + 1, part.count).trimmed
                    properties.append((part.slice(0, separator).trimmed.string, decode(value)))
                } else if !part.trimmed.isEmpty {
                    properties.append((part.trimmed.string, nil))
                }
                return true
            }
            return properties
        }
    }

    /// Appends an entry; `false` if it cannot be written, or not within `maxBytes` of `header`, which then has a
    /// beginning of it.
    static func append(_ entry: Baggage.Entry, to header: inout [UInt8], maxBytes: Int) -> Bool {
        guard entry.key.withBytes(isToken) else { return false }
        // Cheap bound first: encoding makes nothing shorter.
        guard header.count + entry.key.utf8.count + 1 + entry.value.utf8.count <= maxBytes else { return false }
        header.append(contentsOf: entry.key.utf8)
        header.append(UInt8(ascii: "="))
        entry.value.withBytes { encode($0, to: &header) }
        if let metadata = entry.metadata, !metadata.isEmpty, metadata.utf8.allSatisfy(isMetadataByte) {
            header.append(UInt8(ascii: ";"))
            header.append(contentsOf: metadata.utf8)
        }
        return header.count <= maxBytes
    }

    /// The size of an entry in a header, without the comma before it.
    static func encodedSize(_ entry: Baggage.Entry) -> Int {
        let value = entry.value.utf8.reduce(0) { $0 + (isPlain($1) ? 1 : 3) }
        return entry.key.utf8.count + 1 + value + (entry.metadata.map { $0.utf8.count + 1 } ?? 0)
    }

    /// Decodes `%XX`, digits of either case. What is no UTF-8 then, and a `%` without two digits, becomes U+FFFD.
    private static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.contains(UInt8(ascii: "%")) else { return bytes.string }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            if index + 1 < bytes.count, let high = digit(bytes[index]), let low = digit(bytes[index + 1]) {
                decoded.append(high &<< 4 | low)
                index += 2
            } else {
                // No UTF-8 sequence has this byte, so that it becomes one U+FFFD.
                decoded.append(0xFF)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func encode(_ bytes: UnsafeRawBufferPointer, to header: inout [UInt8]) {
        for byte in bytes {
            if isPlain(byte) {
                header.append(byte)
            } else {
                header.append(UInt8(ascii: "%"))
                header.append(upperCaseDigit(byte &>> 4))
                header.append(upperCaseDigit(byte & 0x0F))
            }
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        // Bit 5 makes a letter lower-case and leaves a digit as it is; other bytes do not become digits by it in ASCII
        // except the control codes 0x10 to 0x19.
        let digit = byte < 0x30 ? 0xFF : Hex.value(ofDigit: byte | 0x20)
        return digit < 0x10 ? digit : nil
    }

    private static func upperCaseDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }

    /// Bytes that stand for themselves: `baggage-octet` without `%`.
    private static func isPlain(_ byte: UInt8) -> Bool { byte != UInt8(ascii: "%") && isValueByte(byte) }

    /// `baggage-octet`: printable ASCII without space, `"`, `,`, `;` and `\`.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\\"): false
        default: (0x21...0x7E).contains(byte)
        }
    }

    private static func isMetadataByte(_ byte: UInt8) -> Bool {
        byte == 0x09 || ((0x20...0x7E).contains(byte) && byte != UInt8(ascii: ","))
    }

    /// `token` of HTTP (RFC 7230, section 3.2.6).
    private static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
                    UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
                    true
                default: false
                }
            }
    }
}
