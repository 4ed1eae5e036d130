/// A message of gRPC: a byte that is 1 if the message is compressed, its length in 4 bytes, and the message itself (gRPC over
/// HTTP/2, "Length-Prefixed-Message").
enum GRPCMessage {
    /// The number of bytes before the message.
    static let prefixSize = 5

    /// Writes the prefix of a message of `size` bytes to the start of `memory`, which has room for it.
    static func writePrefix(of size: Int, isCompressed: Bool, to memory: UnsafeMutableRawBufferPointer) {
        memory[0] = isCompressed ? 1 : 0
        memory.storeBytes(of: UInt32(truncatingIfNeeded: size).bigEndian, toByteOffset: 1, as: UInt32.self)
    }

    /// The content of the first message in a body.
    ///
    /// - Returns: `nil` if it is cut, or compressed other than by gzip.
    static func content(of body: [UInt8], encoding: String?) -> [UInt8]? {
        guard body.count >= prefixSize else { return nil }
        let size = body[1..<prefixSize].reduce(0) { $0 << 8 | Int($1) }
        let rest = body[prefixSize...]
        guard rest.count >= size else { return nil }
        let content = Array(rest.prefix(size))
        switch body[0] {
        case 0: return content
        case 1 where encoding == "gzip": return GzipDecompressor.decompress(content, limit: 1 << 20)
        default: return nil
        }
    }
}
