/// Lower-case hexadecimal digits, eight at a time in one word: no table, no branch for a digit.
enum Hex {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The value of eight digits at `offset`. `invalid` gets a bit set if any is not in `0…9a…f`.
    @inline(__always)
    static func read8(_ bytes: UnsafeRawBufferPointer, at offset: Int, invalid: inout UInt64) -> UInt64 {
        let digits = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        // With bit 7 away, adding 0x80 - x to a byte sets its bit 7 exactly if it is at least x, and never carries.
        let low = digits & ~highBits
        let number = (low &+ ones &* (0x80 - 0x30)) & ~(low &+ ones &* (0x80 - 0x3A)) & highBits
        let letter = (low &+ ones &* (0x80 - 0x61)) & ~(low &+ ones &* (0x80 - 0x67)) & highBits
        invalid |= ((number | letter) ^ highBits) | (digits & highBits)
        var value = (digits & (ones &* 0x0F)) &+ (letter &>> 7) &* 9
        value = (value | value &>> 4) & 0x00FF_00FF_00FF_00FF
        value = (value | value &>> 8) & 0x0000_FFFF_0000_FFFF
        return (value | value &>> 16) & 0xFFFF_FFFF
    }

    /// The value of sixteen digits at `offset`.
    @inline(__always)
    static func read16(_ bytes: UnsafeRawBufferPointer, at offset: Int, invalid: inout UInt64) -> UInt64 {
        let high = read8(bytes, at: offset, invalid: &invalid)
        let low = read8(bytes, at: offset + 8, invalid: &invalid)
        return high &<< 32 | low
    }

    /// The value of a lower-case digit; 0xFF for any other byte.
    @inline(__always)
    static func digit(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x61...0x66: byte &- 0x57
        default: 0xFF
        }
    }

    /// Writes sixteen digits at `offset`.
    @inline(__always)
    static func write(_ value: UInt64, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        buffer.storeBytes(of: digits(value &>> 32).bigEndian, toByteOffset: offset, as: UInt64.self)
        buffer.storeBytes(of: digits(value & 0xFFFF_FFFF).bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }

    /// The eight digits of 32 bits, the first in the highest byte.
    @inline(__always)
    static func digits(_ value: UInt64) -> UInt64 {
        var nibbles = (value | value &<< 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles &<< 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles &<< 4) & (ones &* 0x0F)
        let letters = ((nibbles &+ ones &* 6) &>> 4) & ones
        return nibbles &+ ones &* 0x30 &+ letters &* 0x27
    }

    /// The words of a text of exactly `8 * count` digits, for `count` of 2 or 4 (`high` is zero for 2).
    static func words(_ text: some StringProtocol, count: Int) -> (high: UInt64, low: UInt64)? {
        func read(_ bytes: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
            guard bytes.count == 8 * count else { return nil }
            var invalid: UInt64 = 0
            let high = count == 4 ? read16(bytes, at: 0, invalid: &invalid) : 0
            let low = read16(bytes, at: 8 * count - 16, invalid: &invalid)
            return invalid == 0 ? (high, low) : nil
        }
        if let words = text.utf8.withContiguousStorageIfAvailable({ read(UnsafeRawBufferPointer($0)) }) { return words }
        return Array(text.utf8).withUnsafeBytes(read)
    }
}
