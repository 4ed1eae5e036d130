import CZlib

/// Makes gzip streams (RFC 1952), one after another, with the memory of the first.
struct GzipCompressor: ~Copyable {
    /// Owned from `init` to `deinit`; zlib keeps a pointer to it, so it does not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isUsable: Bool

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isUsable = spanlink_gzip_init(stream) == Z_OK
    }

    deinit {
        if isUsable { deflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The bytes as a gzip stream behind `prefixSize` bytes of zeros; `nil` if zlib has no memory, or for more than zlib's
    /// counters hold (4 GiB).
    mutating func compress(_ bytes: UnsafeRawBufferPointer, prefixSize: Int = 0) -> [UInt8]? {
        guard isUsable, deflateReset(stream) == Z_OK, let size = UInt32(exactly: bytes.count) else { return nil }
        let bound = Int(deflateBound(stream, uLong(bytes.count)))
        guard let room = UInt32(exactly: bound) else { return nil }
        let result = [UInt8](unsafeUninitializedCapacity: prefixSize + bound) { [stream] output, count in
            // zlib declares its input without const and does not write to it.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = size
            output[..<prefixSize].initialize(repeating: 0)
            stream.pointee.next_out = output.baseAddress.map { $0 + prefixSize }
            stream.pointee.avail_out = room
            count =
                deflate(stream, Z_FINISH) == Z_STREAM_END ? prefixSize + bound - Int(stream.pointee.avail_out) : 0
        }
        return result.isEmpty ? nil : result
    }
}
