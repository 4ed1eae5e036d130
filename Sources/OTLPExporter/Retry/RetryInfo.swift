/// The delay that a gRPC server orders: a `google.rpc.RetryInfo` among the details of a `google.rpc.Status`.
enum RetryInfo {
    private static let type = "google.rpc.RetryInfo"

    /// The delay in the value of `grpc-status-details-bin`; `nil` if there is none.
    static func delay(_ value: String) -> Duration? {
        guard let status = Base64.decoded(value) else { return nil }
        for detail in ProtobufFields(status[...]).all(3) {
            let any = ProtobufFields(detail)
            guard let name = any.bytes(1), String(decoding: name, as: UTF8.self).hasSuffix("/" + type),
                let info = any.bytes(2)
            else { continue }
            // Without a delay the client chooses its own.
            guard let duration = ProtobufFields(info).bytes(1).map(ProtobufFields.init) else { return .zero }
            let seconds = Int64(bitPattern: duration.varint(1) ?? 0)
            let nanoseconds = Int64(bitPattern: duration.varint(2) ?? 0)
            // Longer than a year is beyond any deadline, and far from an overflow.
            return .seconds(min(max(0, seconds), 366 * 86_400)) + .nanoseconds(min(max(0, nanoseconds), 999_999_999))
        }
        return nil
    }
}

/// Base64 (RFC 4648, section 4), as gRPC's binary metadata uses it: with or without padding.
enum Base64 {
    /// - Returns: `nil` for characters that are not of the alphabet.
    static func decoded(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for character in text.utf8.reversed().drop(while: { $0 == UInt8(ascii: "=") }).reversed() {
            guard let value = digit(character) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    /// The encoding with padding.
    static func encoded(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                let digit = alphabet[Int(bits >> UInt32(18 - 6 * index)) & 63]
                text.append(index <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
