/// What libcurl has received of a response. Touched by the thread that makes the request alone.
final class HTTPResponseBuffer {
    private(set) var body: [UInt8] = []
    private(set) var retryAfter: String?
    private(set) var isTooLarge = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func reset() {
        body.removeAll()
        retryAfter = nil
        isTooLarge = false
    }

    /// Takes a part of the body; how much was taken, and less than there is ends the transfer.
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Takes a line of the head; always all of it.
    func appendHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // The head of another response: those before (such as 100) do not count.
            retryAfter = nil
        } else if let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "retry-after" {
            retryAfter = String(line[line.index(after: colon)...].filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" })
        }
        return bytes.count
    }
}
