/// Bytes of their own array, for encoded forms that are kept.
enum EncodedBytes {
    /// The bytes that `write` puts into the memory it is given; it returns how many there are and runs again with more
    /// memory if they do not fit.
    static func make(_ write: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8] {
        var size = 512
        while true {
            var needed = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
                needed = write(UnsafeMutableRawBufferPointer(memory))
                count = min(needed, memory.count)
            }
            if needed <= bytes.count { return bytes }
            size = needed
        }
    }
}
