/// Lower-case hexadecimal digits: one, or eight at a time in each of two words: no table, no branch for a digit.
enum Hex {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Sixteen digits, in the order of memory.
    typealias Words = SIMD2<UInt64>

    /// The value of sixteen digits at `offset`. `invalid` gets a bit set if any is not in `0…9a…f`.
    @inline(__always)
    static func read16(_ bytes: UnsafeRawBufferPointer, at offset: Int, invalid: inout Words) -> UInt64 {
        let digits = Words(
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
        // With bit 7 away, adding 0x80 - x to a byte sets its bit 7 exactly if it is at least x, and never carries.
        let low = digits & repeated(0x7F)
        let number = (low &+ repeated(0x80 - 0x30)) & ~(low &+ repeated(0x80 - 0x3A))
        let letter = (low &+ repeated(0x80 - 0x61)) & ~(low &+ repeated(0x80 - 0x67)) & repeated(0x80)
        invalid |= ~(number | letter) | digits
        // A letter's low four bits lack 9, which are 8 and 1.
        var value = (digits & repeated(0x0F)) &+ (letter &>> 4) &+ (letter &>> 7)
        value = (value &<< 4 | value &>> 8) & Words(repeating: 0x00FF_00FF_00FF_00FF)
        value = (value | value &>> 8) & Words(repeating: 0x0000_FFFF_0000_FFFF)
        value = value | value &>> 16
        return (value[0] & 0xFFFF_FFFF | value[1] &<< 32).byteSwapped
    }

    /// Whether all digits read so far were valid.
    @inline(__always)
    static func isValid(_ invalid: Words) -> Bool { (invalid[0] | invalid[1]) & (ones &* 0x80) == 0 }

    @inline(__always)
    private static func repeated(_ byte: UInt64) -> Words { Words(repeating: ones &* byte) }

    /// The value of a lower-case digit; 0xFF for any other byte.
    @inline(__always)
    static func value(ofDigit byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x61...0x66: byte &- 0x57
        default: 0xFF
        }
    }

    /// The digit of a value from 0 to 15.
    @inline(__always)
    static func digit(of value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x57 &+ value }

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
            var invalid = Words.zero
            let high = count == 4 ? read16(bytes, at: 0, invalid: &invalid) : 0
            let low = read16(bytes, at: 8 * count - 16, invalid: &invalid)
            return isValid(invalid) ? (high, low) : nil
        }
        if let words = text.utf8.withContiguousStorageIfAvailable({ read(UnsafeRawBufferPointer($0)) }) { return words }
        return Array(text.utf8).withUnsafeBytes(read)
    }
}
