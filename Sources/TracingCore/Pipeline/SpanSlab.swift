/// Memory for encoded spans: filled by one thread, handed over whole, emptied by the export thread and used again.
///
/// A record is 4 bytes of length, 4 bytes with the position of its origin in ``origins``, and the span.
///
/// `@unchecked`: at each moment one thread owns a slab. A writer owns it under the lock of its ``SlabWriter``. Afterwards the
/// list of full slabs, the export thread and the list of free slabs own it in turn, each under the buffer's lock or alone.
final class SpanSlab: @unchecked Sendable {
    /// The library and the resource of spans, by reference: comparing identities suffices on the fast path.
    struct Origin {
        let scope: InstrumentationScope
        let resource: SharedResource
    }

    static let headerSize = 8

    /// Owned from `init` to `deinit`.
    private let memory: UnsafeMutableRawBufferPointer
    private var used = 0
    /// The origins of the records, each once.
    private(set) var origins: [Origin] = []
    /// The number of records.
    private(set) var count = 0
    /// Grows with each use of a slab of the same buffer.
    var sequence: UInt64 = 0

    init(capacity: Int) { memory = .allocate(byteCount: max(capacity, Self.headerSize), alignment: 16) }

    deinit { memory.deallocate() }

    var capacity: Int { memory.count }
    var isEmpty: Bool { count == 0 }

    /// Appends the span that `encode` writes into the given memory.
    ///
    /// - Returns: `nil`, or the size of the record if the slab has too little room; nothing is appended then.
    @inline(__always)
    func append(
        scope: InstrumentationScope, resource: SharedResource, _ encode: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int? {
        let start = min(used + Self.headerSize, memory.count)
        let size = encode(UnsafeMutableRawBufferPointer(rebasing: memory[start...]))
        guard used + Self.headerSize + size <= memory.count else { return Self.headerSize + size }
        memory.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: used, as: UInt32.self)
        let origin = UInt32(truncatingIfNeeded: position(of: scope, resource))
        memory.storeBytes(of: origin, toByteOffset: used + 4, as: UInt32.self)
        used = start + size
        count += 1
        return nil
    }

    @inline(__always)
    private func position(of scope: InstrumentationScope, _ resource: SharedResource) -> Int {
        for index in origins.indices where origins[index].scope === scope && origins[index].resource === resource {
            return index
        }
        origins.append(Origin(scope: scope, resource: resource))
        return origins.count - 1
    }

    /// The record at `offset`, and where the next one begins; `nil` at the end.
    func record(at offset: Int) -> (span: UnsafeRawBufferPointer, origin: Int, next: Int)? {
        guard offset < used else { return nil }
        let size = Int(memory.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let origin = Int(memory.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        let start = offset + Self.headerSize
        return (UnsafeRawBufferPointer(rebasing: memory[start..<(start + size)]), origin, start + size)
    }

    /// Forgets the records.
    func removeAll() {
        used = 0
        count = 0
        origins.removeAll(keepingCapacity: true)
    }
}
