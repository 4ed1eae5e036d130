/// The received parts of a response. For the thread that makes the request alone.
final class HTTPResponseBuffer {
    private(set) var body: [UInt8] = []
    private(set) var fields: [HTTPResponse.Field: String] = [:]
    private(set) var isTooLarge = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func reset() {
        body.removeAll()
        fields.removeAll()
        isTooLarge = false
    }

    /// Takes a part of the body.
    ///
    /// - Returns: The number of bytes taken. Fewer than there are end the transfer.
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Takes a line of the head or of the trailers; always all of it.
    func appendHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // The head of another response: those before (such as 100) do not count.
            fields.removeAll()
        } else if let colon = line.firstIndex(of: ":"),
            let field = HTTPResponse.Field(rawValue: line[..<colon].lowercased())
        {
            fields[field] = Self.trimmed(line[line.index(after: colon)...])
        }
        return bytes.count
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
