import OTLPFormat

/// Builds the bodies of requests: encodes items and compresses them. Remembers the size that the server has refused.
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

    init(_ configuration: OTLPConfiguration) {
        maxBytes = configuration.maxRequestBytes
        divisibleLimit = maxBytes
        gzip = configuration.compression == .gzip ? GzipCompressor() : nil
    }

    /// Runs `use` with the body of a request that carries `items`, and with its size before compression. The bytes are valid
    /// inside `use` alone.
    mutating func build<Result>(
        _ items: some ExportItems, _ use: (_ body: UnsafeRawBufferPointer, _ size: Int) -> Result
    ) -> Built<Result> {
        defer { buffer.removeAll() }
        buffer.write { items.write(into: $0) }
        let size = buffer.count
        guard size <= (items.isDivisible ? divisibleLimit : maxBytes) else { return .tooLarge(bytes: size) }
        return buffer.withBytes { bytes in
            guard gzip != nil else { return .used(use(bytes, size)) }
            guard let compressed = gzip?.compress(bytes) else { return .notCompressed }
            return .used(compressed.withUnsafeBytes { use($0, size) })
        }
    }

    /// Lowers the limit after the server refused a request of `size` bytes, before compression, as too large. Items that
    /// cannot be halved are still tried.
    mutating func lowerLimit(refused size: Int, isDivisible: Bool) {
        divisibleLimit = max(1, min(divisibleLimit, isDivisible ? size / 2 : size - 1))
    }
}
