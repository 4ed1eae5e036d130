public import SpanlinkRuntime

/// The place of one encoded form in an ``EncodingCache``. The encoder that fills it defines the number.
@usableFromInline
package struct EncodingSlot: Sendable {
    /// The number of slots of a cache.
    @inlinable
    package static var count: Int { 4 }

    @usableFromInline let index: Int

    /// The slot with the given number, from 0 below ``count``.
    @inlinable @inline(__always)
    package init(_ index: Int) {
        precondition((0..<Self.count).contains(index), "An encoding cache has \(Self.count) slots")
        self.index = index
    }
}

/// Encoded forms of an immutable value, each made on first use and kept as long as the value.
///
/// Lock-free. Two threads may both make a form at first; one result is kept, the other is freed.
///
/// `@unchecked`: each pointer is published once by compare-and-exchange, its block never changes afterwards, and `deinit`
/// frees it.
@usableFromInline
package struct EncodingCache: ~Copyable, @unchecked Sendable {
    @usableFromInline let first = Atomic<UnsafeRawPointer?>(nil)
    @usableFromInline let second = Atomic<UnsafeRawPointer?>(nil)
    @usableFromInline let third = Atomic<UnsafeRawPointer?>(nil)
    @usableFromInline let fourth = Atomic<UnsafeRawPointer?>(nil)

    /// A block begins with the number of its bytes.
    @inlinable
    static var prefix: Int { MemoryLayout<Int>.size }

    package init() {}

    deinit {
        first.load(ordering: .acquiring)?.deallocate()
        second.load(ordering: .acquiring)?.deallocate()
        third.load(ordering: .acquiring)?.deallocate()
        fourth.load(ordering: .acquiring)?.deallocate()
    }

    /// The encoded form in `slot`, if it was made. The bytes are valid as long as the cache.
    @inlinable @inline(__always)
    package borrowing func bytes(_ slot: EncodingSlot) -> UnsafeRawBufferPointer? {
        let block =
            switch slot.index {
            case 0: first.load(ordering: .acquiring)
            case 1: second.load(ordering: .acquiring)
            case 2: third.load(ordering: .acquiring)
            default: fourth.load(ordering: .acquiring)
            }
        return block.map { Self.bytes(of: $0) }
    }

    /// The encoded form in `slot`. `make` runs if there is none yet. The bytes are valid as long as the cache.
    package borrowing func bytes(_ slot: EncodingSlot, _ make: () -> [UInt8]) -> UnsafeRawBufferPointer {
        if let bytes = bytes(slot) { return bytes }
        return switch slot.index {
        case 0: Self.publish(make(), at: first)
        case 1: Self.publish(make(), at: second)
        case 2: Self.publish(make(), at: third)
        default: Self.publish(make(), at: fourth)
        }
    }

    @inlinable @inline(__always)
    static func bytes(of block: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: block + prefix, count: block.load(as: Int.self))
    }

    private static func publish(
        _ bytes: [UInt8], at place: borrowing Atomic<UnsafeRawPointer?>
    ) -> UnsafeRawBufferPointer {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: prefix + bytes.count, alignment: 8)
        block.storeBytes(of: bytes.count, as: Int.self)
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: block[prefix...]).copyMemory(from: $0) }
        let made = UnsafeRawPointer(block.baseAddress!)
        let (exchanged, original) = place.compareExchange(
            expected: nil, desired: made, ordering: .acquiringAndReleasing)
        if !exchanged { made.deallocate() }
        return Self.bytes(of: exchanged ? made : original!)
    }
}
