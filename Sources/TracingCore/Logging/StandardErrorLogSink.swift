/// Writes entries to standard error, a line each: `2026-11-21T13:00:00.000Z warning spanlink: message key=value`.
///
/// A line goes out in one `write(2)`, so that lines of several threads do not mix. Control characters are escaped (an
/// entry stays one line), and a value with blanks, quotes or `=` in it stands in quotes.
public struct StandardErrorLogSink: LogSink {
    public let level: LogLevel
    private let descriptor: Int32

    /// A sink that takes entries from `level` on.
    public init(level: LogLevel = .warning) { self.init(level: level, descriptor: 2) }

    /// A sink that writes to another open file.
    package init(level: LogLevel, descriptor: Int32) {
        self.level = level
        self.descriptor = descriptor
    }

    public func log(_ level: LogLevel, _ message: String, metadata: [(key: String, value: String)]) {
        guard level >= self.level else { return }
        // What cannot be written to standard error can be reported nowhere.
        _ = FileWriting.write(Self.line(level, message, metadata: metadata, at: .now), to: descriptor)
    }

    package static func line(
        _ level: LogLevel, _ message: String, metadata: [(key: String, value: String)], at time: Timestamp
    ) -> [UInt8] {
        var line = Array("\(time.iso8601(fractionDigits: 3)) \(level) spanlink: ".utf8)
        append(message, quoted: false, to: &line)
        for (key, value) in metadata {
            line.append(UInt8(ascii: " "))
            append(key, quoted: false, to: &line)
            line.append(UInt8(ascii: "="))
            let plain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
            append(value, quoted: !plain, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private static func append(_ text: String, quoted: Bool, to line: inout [UInt8]) {
        if quoted { line.append(UInt8(ascii: "\"")) }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): line += #"\n"#.utf8
            case UInt8(ascii: "\r"): line += #"\r"#.utf8
            case UInt8(ascii: "\t"): line += #"\t"#.utf8
            case 0..<0x20, 0x7F:
                line += #"\x"#.utf8
                line.append(Hex.digit(of: byte >> 4))
                line.append(Hex.digit(of: byte & 15))
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                if quoted { line.append(UInt8(ascii: "\\")) }
                line.append(byte)
            default: line.append(byte)
            }
        }
        if quoted { line.append(UInt8(ascii: "\"")) }
    }
}
