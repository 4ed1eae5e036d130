import SpanlinkRuntime

/// The place of one encoded form in an ``EncodingCache``. The encoder that fills it defines the number.
package struct EncodingSlot: Sendable {
    /// The number of slots of a cache.
    package static let count = 4

    let index: Int

    /// The slot with the given number, from 0 below ``count``.
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
package struct EncodingCache: ~Copyable, @unchecked Sendable {
    private let first = Atomic<UnsafeRawPointer?>(nil)
    private let second = Atomic<UnsafeRawPointer?>(nil)
    private let third = Atomic<UnsafeRawPointer?>(nil)
    private let fourth = Atomic<UnsafeRawPointer?>(nil)

    /// A block begins with the number of its bytes.
    private static let prefix = MemoryLayout<Int>.size

    package init() {}

    deinit {
        first.load(ordering: .acquiring)?.deallocate()
        second.load(ordering: .acquiring)?.deallocate()
        third.load(ordering: .acquiring)?.deallocate()
        fourth.load(ordering: .acquiring)?.deallocate()
    }

    /// The encoded form in `slot`. `make` runs if there is none yet. The bytes are valid as long as the cache.
    @inline(__always)
    package borrowing func bytes(_ slot: EncodingSlot, _ make: () -> [UInt8]) -> UnsafeRawBufferPointer {
        switch slot.index {
        case 0: Self.bytes(first, make)
        case 1: Self.bytes(second, make)
        case 2: Self.bytes(third, make)
        default: Self.bytes(fourth, make)
        }
    }

    @inline(__always)
    private static func bytes(
        _ place: borrowing Atomic<UnsafeRawPointer?>, _ make: () -> [UInt8]
    ) -> UnsafeRawBufferPointer {
        let block = place.load(ordering: .acquiring) ?? publish(make(), at: place)
        return UnsafeRawBufferPointer(start: block + prefix, count: block.load(as: Int.self))
    }

    @inline(never)
    private static func publish(
        _ bytes: [UInt8], at place: borrowing Atomic<UnsafeRawPointer?>
    ) -> UnsafeRawPointer {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: prefix + bytes.count, alignment: 8)
        block.storeBytes(of: bytes.count, as: Int.self)
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: block[prefix...]).copyMemory(from: $0) }
        let made = UnsafeRawPointer(block.baseAddress!)
        let (exchanged, original) = place.compareExchange(
            expected: nil, desired: made, ordering: .acquiringAndReleasing)
        if exchanged { return made }
        made.deallocate()
        return original!
    }
}
