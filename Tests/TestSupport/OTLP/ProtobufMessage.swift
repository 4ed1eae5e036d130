/// A protobuf message read without its definition, by the wire format alone: independent of what writes it.
public struct ProtobufMessage {
    public enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes([UInt8])
    }

    public struct Malformed: Error {
        public var reason: String
    }

    /// Fields by number in the order of the bytes.
    public private(set) var fields: [(number: Int, value: Value)] = []

    public init(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let tag = try Self.varint(&rest)
            let number = Int(tag >> 3)
            switch tag & 7 {
            case 0: fields.append((number, .varint(try Self.varint(&rest))))
            case 1: fields.append((number, .fixed64(try Self.fixed(8, &rest))))
            case 2:
                let count = Int(try Self.varint(&rest))
                guard count <= rest.count else { throw Malformed(reason: "field \(number) is cut off") }
                fields.append((number, .bytes(Array(rest.prefix(count)))))
                rest = rest.dropFirst(count)
            case 5: fields.append((number, .fixed32(UInt32(try Self.fixed(4, &rest)))))
            default: throw Malformed(reason: "field \(number) has wire type \(tag & 7)")
            }
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed(reason: "a varint is cut off") }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 {
                // The shortest form, as all encoders write it.
                guard byte != 0 || shift == 0 else { throw Malformed(reason: "a varint is longer than needed") }
                return value
            }
        }
        throw Malformed(reason: "a varint does not end")
    }

    private static func fixed(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        guard rest.count >= count else { throw Malformed(reason: "a fixed field is cut off") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    // MARK: Access

    /// All values of a field.
    public func all(_ number: Int) -> [Value] { fields.filter { $0.number == number }.map(\.value) }

    /// The value of a field that comes at most once.
    public func one(_ number: Int) throws -> Value? {
        let values = all(number)
        guard values.count < 2 else { throw Malformed(reason: "field \(number) comes \(values.count) times") }
        return values.first
    }

    public func varint(_ number: Int) throws -> UInt64 {
        switch try one(number) {
        case nil: return 0
        case .varint(let value): return value
        case let other: throw Malformed(reason: "field \(number) is no varint but \(other!)")
        }
    }

    public func fixed64(_ number: Int) throws -> UInt64? {
        switch try one(number) {
        case nil: return nil
        case .fixed64(let value): return value
        case let other: throw Malformed(reason: "field \(number) is no fixed64 but \(other!)")
        }
    }

    public func double(_ number: Int) throws -> Double? { try fixed64(number).map(Double.init(bitPattern:)) }

    public func fixed32(_ number: Int) throws -> UInt32 {
        switch try one(number) {
        case nil: return 0
        case .fixed32(let value): return value
        case let other: throw Malformed(reason: "field \(number) is no fixed32 but \(other!)")
        }
    }

    public func bytes(_ number: Int) throws -> [UInt8] {
        switch try one(number) {
        case nil: return []
        case .bytes(let value): return value
        case let other: throw Malformed(reason: "field \(number) is no bytes but \(other!)")
        }
    }

    public func string(_ number: Int) throws -> String {
        guard let text = String(validating: try bytes(number), as: UTF8.self) else {
            throw Malformed(reason: "field \(number) is not UTF-8")
        }
        return text
    }

    public func message(_ number: Int) throws -> ProtobufMessage { try ProtobufMessage(bytes(number)) }

    public func messages(_ number: Int) throws -> [ProtobufMessage] {
        try all(number).map { value in
            guard case .bytes(let bytes) = value else { throw Malformed(reason: "field \(number) is no message") }
            return try ProtobufMessage(bytes)
        }
    }

    /// A zigzag number.
    public func sint(_ number: Int) throws -> Int {
        let value = try varint(number)
        return Int(bitPattern: UInt(value >> 1)) ^ -Int(value & 1)
    }

    /// A packed field of varints.
    public func varints(_ number: Int) throws -> [UInt64] {
        var rest = try bytes(number)[...]
        var values: [UInt64] = []
        while !rest.isEmpty { values.append(try Self.varint(&rest)) }
        return values
    }

    /// A packed field of 64-bit words.
    public func words(_ number: Int) throws -> [UInt64] {
        var rest = try bytes(number)[...]
        var words: [UInt64] = []
        while !rest.isEmpty { words.append(try Self.fixed(8, &rest)) }
        return words
    }
}
