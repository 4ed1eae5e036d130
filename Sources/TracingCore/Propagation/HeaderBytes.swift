/// Small tools over the bytes of header values.
extension UnsafeRawBufferPointer {
    /// The bytes without the spaces and tabs around them (`OWS` of HTTP).
    @inline(__always)
    var trimmed: UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, Self.isBlank(self[start]) { start += 1 }
        while end > start, Self.isBlank(self[end - 1]) { end -= 1 }
        return slice(start, end)
    }

    @inline(__always)
    func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// Calls `body` with each part between `separator`s, empty ones included, until it returns `false`.
    @inline(__always)
    func forEachPart(separatedBy separator: UInt8, _ body: (UnsafeRawBufferPointer) -> Bool) {
        var start = 0
        while start <= count {
            var end = start
            while end < count, self[end] != separator { end += 1 }
            guard body(slice(start, end)) else { return }
            start = end + 1
        }
    }

    var string: String { String(decoding: self, as: UTF8.self) }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

extension String {
    /// Calls `body` with the UTF-8 bytes.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
