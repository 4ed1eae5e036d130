/// The fields of a protobuf message, for reading a few of them. The last of a number counts, unless it is repeated.
struct ProtobufFields {
    private var varints: [UInt64: UInt64] = [:]
    private var slices: [UInt64: [ArraySlice<UInt8>]] = [:]

    /// Reads up to the first byte that makes no sense.
    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let tag = Self.varint(&rest) {
            switch tag & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return }
                varints[tag >> 3] = value
            case 1: rest = rest.dropFirst(8)
            case 2:
                guard let length = Self.varint(&rest), length <= rest.count else { return }
                slices[tag >> 3, default: []].append(rest.prefix(Int(length)))
                rest = rest.dropFirst(Int(length))
            case 5: rest = rest.dropFirst(4)
            default: return
            }
        }
    }

    func varint(_ field: UInt64) -> UInt64? { varints[field] }
    func bytes(_ field: UInt64) -> ArraySlice<UInt8>? { slices[field]?.last }
    /// Each value of a repeated field.
    func all(_ field: UInt64) -> [ArraySlice<UInt8>] { slices[field] ?? [] }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
