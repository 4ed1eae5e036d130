import CZlib

/// Reads gzip streams (RFC 1952).
enum GzipDecompressor {
    /// The content of a stream.
    ///
    /// - Returns: `nil` for anything but a whole stream, and for a content of more than `limit` bytes.
    static func decompress(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard let size = UInt32(exactly: bytes.count), let room = UInt32(exactly: limit) else { return nil }
        var stream = z_stream()
        guard spanlink_gunzip_init(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var isWhole = false
        let content = [UInt8](unsafeUninitializedCapacity: limit) { output, count in
            bytes.withUnsafeBytes { input in
                // zlib declares its input without const and does not write to it.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
                stream.avail_in = size
                stream.next_out = output.baseAddress
                stream.avail_out = room
                isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = limit - Int(stream.avail_out)
        }
        return isWhole ? content : nil
    }
}
