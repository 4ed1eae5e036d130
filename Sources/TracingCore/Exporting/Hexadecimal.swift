/// Lower-case hexadecimal digits.
enum Hexadecimal {
    /// The ASCII digit of a value from 0 to 15.
    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
