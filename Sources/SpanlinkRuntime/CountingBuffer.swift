/// Writes bytes forward into memory of its caller and never past the end: from there on it only counts.
///
/// The caller owns the memory and keeps it until the last write. For one thread at a time.
@usableFromInline
package struct CountingBuffer {
    /// The first byte of the memory. Never read or written if ``capacity`` is 0.
    @usableFromInline package let start: UnsafeMutableRawPointer
    /// The number of bytes of the memory.
    @usableFromInline package let capacity: Int
    /// The number of bytes that were written or, without room, would have been.
    @usableFromInline package var count = 0

    @inlinable @inline(__always)
    package init(_ memory: UnsafeMutableRawBufferPointer) {
        start = memory.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 16)!
        capacity = memory.count
    }

    /// Whether everything so far is in the memory.
    @inlinable @inline(__always)
    package var isComplete: Bool { count <= capacity }

    /// Takes the next `size` bytes.
    ///
    /// - Returns: The first of them, for the caller to fill; `nil` if there is no room.
    @inlinable @inline(__always)
    package mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
        let offset = count
        count &+= size
        return count <= capacity ? start + offset : nil
    }

    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) {
        if let place = take(1) { place.storeBytes(of: byte, as: UInt8.self) }
    }

    @inlinable @inline(__always)
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let place = take(bytes.count) else { return }
        place.copyMemory(from: source, byteCount: bytes.count)
    }

    @inlinable @inline(__always)
    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension String {
    /// Runs `body` with the UTF-8 bytes of the text, which are valid inside `body` alone.
    @inlinable @inline(__always)
    package func withUTF8Bytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        let isDone: Void? = utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(utf8).withUnsafeBytes(body) }
    }
}
