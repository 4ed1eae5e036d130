/// Reads a tracestate from one or several header values, which are one list in order.
///
/// One bad member, or a 33rd, makes the whole list invalid. No memory is taken before the first member.
struct TraceStateParser {
    private var header: [UInt8] = []
    private var count = 0
    private var isInvalid = false

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        bytes.forEachPart(separatedBy: UInt8(ascii: ",")) { part in
            let member = part.trimmed
            if !member.isEmpty { isInvalid = isInvalid || !append(member: member) }
            return !isInvalid
        }
    }

    /// The entries read; `nil` if any was invalid.
    func finish() -> TraceState? { isInvalid ? nil : TraceState(normalized: header) }

    private mutating func append(member: UnsafeRawBufferPointer) -> Bool {
        guard count < TraceState.maximumEntryCount, let separator = member.firstIndex(of: UInt8(ascii: "=")) else {
            return false
        }
        let key = member.slice(0, separator)
        guard Self.isKey(key), Self.isValue(member.slice(separator + 1, member.count)) else { return false }
        count += 1
        guard !contains(key) else { return true }
        if !header.isEmpty { header.append(UInt8(ascii: ",")) }
        header.append(contentsOf: member)
        return true
    }

    private func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        var found = false
        header.withUnsafeBytes { bytes in
            bytes.forEachPart(separatedBy: UInt8(ascii: ",")) { member in
                found = member.count > key.count && member[key.count] == UInt8(ascii: "=") && member.starts(with: key)
                return !found
            }
        }
        return found
    }

    static func isKey(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard (1...256).contains(bytes.count) else { return false }
        return bytes.enumerated().allSatisfy { offset, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "@"):
                offset > 0
            default: false
            }
        }
    }

    static func isValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard (1...256).contains(bytes.count), bytes[bytes.count - 1] != UInt8(ascii: " ") else { return false }
        return bytes.allSatisfy {
            (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
        }
    }
}
