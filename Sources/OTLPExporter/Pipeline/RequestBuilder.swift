import OTLPFormat

/// Builds the bodies of requests: encodes items, compresses them, and frames them for gRPC. Remembers the size that the server has refused.
///
/// The memory is kept from one request to the next. For one thread at a time.
struct RequestBuilder: ~Copyable {
    /// The result of building one request.
    enum Built<Result> {
        /// The request was built; the result of its use.
        case used(Result)
        /// The items make a request of that many bytes, over the limit. They must be halved, or dropped if that is impossible.
        case tooLarge(bytes: Int)
        /// zlib has no memory, or the request is over 4 GiB.
        case notCompressed
    }

    /// The largest request in bytes before compression, for any items.
    private let maxBytes: Int
    /// The limit for items that can be halved: ``maxBytes`` until the server refuses a request as too large.
    private(set) var divisibleLimit: Int
    private var buffer = RequestBuffer()
    private var gzip: GzipCompressor?
    /// The size of gRPC's prefix, 0 for HTTP.
    private let prefixSize: Int

    init(_ configuration: OTLPConfiguration) {
        maxBytes = configuration.maxRequestBytes
        divisibleLimit = maxBytes
        prefixSize = configuration.protocol == .grpc ? GRPCMessage.prefixSize : 0
        gzip = configuration.compression == .gzip ? GzipCompressor() : nil
    }

    /// Runs `use` with the body of a request that carries `items`, and with its size before compression. The bytes are valid
    /// inside `use` alone.
    mutating func build<Result>(
        _ items: some ExportItems, _ use: (_ body: UnsafeRawBufferPointer, _ size: Int) -> Result
    ) -> Built<Result> {
        defer { buffer.removeAll() }
        // Compressed bytes get their prefix from the compressor.
        let offset = gzip == nil ? prefixSize : 0
        buffer.write { memory in
            let room = memory.count >= offset ? UnsafeMutableRawBufferPointer(rebasing: memory[offset...]) : memory
            let size = items.write(into: room)
            if offset > 0, offset <= memory.count {
                GRPCMessage.writePrefix(of: size, isCompressed: false, to: memory)
            }
            return offset + size
        }
        let size = buffer.count - offset
        guard size <= (items.isDivisible ? divisibleLimit : maxBytes) else { return .tooLarge(bytes: size) }
        return buffer.withBytes { bytes in
            guard gzip != nil else { return .used(use(bytes, size)) }
            guard var compressed = gzip?.compress(bytes, prefixSize: prefixSize) else { return .notCompressed }
            if prefixSize > 0 {
                let compressedSize = compressed.count - prefixSize
                compressed.withUnsafeMutableBytes {
                    GRPCMessage.writePrefix(of: compressedSize, isCompressed: true, to: $0)
                }
            }
            return .used(compressed.withUnsafeBytes { use($0, size) })
        }
    }

    /// Lowers the limit after the server refused a request of `size` bytes, before compression, as too large. Items that
    /// cannot be halved are still tried.
    mutating func lowerLimit(refused size: Int, isDivisible: Bool) {
        divisibleLimit = max(1, min(divisibleLimit, isDivisible ? size / 2 : size - 1))
    }
}
