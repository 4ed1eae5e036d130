/// Which names and units instruments have, and which bucket boundaries (metrics API, "Instrument").
enum MetricSyntax {
    /// A letter, then at most 254 letters, digits or `_`, `.`, `-`, `/`.
    static func isValid(name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= 255 else { return false }
        return name.utf8.dropFirst().allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "/"):
                true
            default: isLetter(byte)
            }
        }
    }

    /// At most 63 ASCII characters.
    static func isValid(unit: String) -> Bool { unit.utf8.count <= 63 && unit.utf8.allSatisfy { $0 < 0x80 } }

    /// The boundaries as a histogram needs them: finite, ascending, each once.
    static func sanitized(boundaries: [Double]) -> [Double] {
        var result: [Double] = []
        for bound in boundaries.filter(\.isFinite).sorted() where bound != result.last { result.append(bound) }
        return result
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
