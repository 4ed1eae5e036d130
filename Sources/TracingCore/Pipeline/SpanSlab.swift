/// Memory for encoded spans: filled by one thread, handed over whole, emptied by the export thread and used again.
///
/// A record is 4 bytes of length, 4 bytes with the position of its origin in ``origins``, and the span.
///
/// `@unchecked`: at each moment one thread owns a slab. A writer owns it under the lock of its ``SlabWriter``. Afterwards the
/// list of full slabs, the export thread and the list of free slabs own it in turn, each under the buffer's lock or alone.
final class SpanSlab: @unchecked Sendable {
    /// The library and the resource of spans. The slab retains both.
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
    /// The origin of the last record, by address: mostly the next one has the same. `origins` keeps the objects.
    private var last: (origin: SpanOrigin, position: UInt32)?
    /// The number of records.
    private(set) var count = 0
    /// Grows with each use of a slab of the same buffer.
    var sequence: UInt64 = 0

    init(capacity: Int) { memory = .allocate(byteCount: max(capacity, Self.headerSize), alignment: 16) }

    deinit { memory.deallocate() }

    var capacity: Int { memory.count }

    /// Appends the span that `encode` writes into the given memory.
    ///
    /// - Returns: `nil`, or the size of the record if the slab has too little room; nothing is appended then.
    @inline(__always)
    func append(
        _ origin: SpanOrigin, _ encode: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int? {
        let start = min(used + Self.headerSize, memory.count)
        let size = encode(UnsafeMutableRawBufferPointer(rebasing: memory[start...]))
        guard used + Self.headerSize + size <= memory.count else { return Self.headerSize + size }
        memory.storeBytes(of: UInt32(truncatingIfNeeded: size), toByteOffset: used, as: UInt32.self)
        memory.storeBytes(of: position(of: origin), toByteOffset: used + 4, as: UInt32.self)
        used = start + size
        count += 1
        return nil
    }

    @inline(__always)
    private func position(of origin: SpanOrigin) -> UInt32 {
        if let last, last.origin == origin { return last.position }
        return find(origin)
    }

    @inline(never)
    private func find(_ origin: SpanOrigin) -> UInt32 {
        let (scope, resource) = (origin.scope.takeUnretainedValue(), origin.resource.takeUnretainedValue())
        let known = origins.firstIndex { $0.scope === scope && $0.resource === resource }
        if known == nil { origins.append(Origin(scope: scope, resource: resource)) }
        let position = UInt32(truncatingIfNeeded: known ?? origins.count - 1)
        last = (origin, position)
        return position
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
        last = nil
    }
}

/// The library and the resource of a span, without references being counted: the caller keeps both alive.
package struct SpanOrigin: BitwiseCopyable, Equatable {
    package let scope: Unmanaged<InstrumentationScope>
    package let resource: Unmanaged<SharedResource>

    @inline(__always)
    package static func == (one: SpanOrigin, other: SpanOrigin) -> Bool {
        one.scope.toOpaque() == other.scope.toOpaque() && one.resource.toOpaque() == other.resource.toOpaque()
    }
}
