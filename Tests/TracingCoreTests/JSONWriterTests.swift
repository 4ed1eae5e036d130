import Foundation
import Testing
import TracingCore

/// A JSON value to write with ours and read with Foundation's.
private indirect enum Tree: Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([Tree])
    case object([String: Tree])

    func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .int(let value): json.integer(value)
        case .double(let value): json.double(value)
        case .string(let value): json.string(value)
        case .array(let values):
            json.beginArray()
            for value in values { value.write(to: &json) }
            json.endArray()
        case .object(let values):
            json.beginObject()
            for (key, value) in values {
                json.key(key)
                value.write(to: &json)
            }
            json.endObject()
        }
    }

    func matches(_ other: Any) -> Bool {
        switch self {
        case .null: return other is NSNull
        case .bool(let value): return (other as? NSNumber)?.boolValue == value
        case .int(let value): return (other as? NSNumber)?.int64Value == value
        // JSONSerialization goes by way of Decimal and may miss the last digits; doubles have an exact test of their own.
        case .double(let value):
            return (other as? NSNumber).map { abs($0.doubleValue - value) <= abs(value) * 1e-12 } == true
        // Compared by scalars: `==` on strings takes canonically equal ones for the same.
        case .string(let value): return (other as? String).map { Array($0.utf8) } == Array(value.utf8)
        case .array(let values):
            guard let others = other as? [Any], others.count == values.count else { return false }
            return zip(values, others).allSatisfy { $0.matches($1) }
        case .object(let values):
            guard let others = other as? [String: Any], others.count == values.count else { return false }
            return values.allSatisfy { key, value in others[key].map { value.matches($0) } ?? false }
        }
    }

    static func random(depth: Int, using random: inout some RandomNumberGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .int(Bool.random(using: &random) ? .random(in: .min ... .max, using: &random) : .random(in: -9...9))
        case 3: .double(randomDouble(using: &random))
        case 4: .string(randomString(using: &random))
        case 5:
            .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0..<4, using: &random)).map { index in
                        ("\(index)" + randomString(using: &random), .random(depth: depth - 1, using: &random))
                    }
                ) { $1 })
        }
    }

    private static func randomDouble(using random: inout some RandomNumberGenerator) -> Double {
        // Of normal size: Foundation refuses subnormal numbers on some platforms.
        Double.random(in: -1...1, using: &random)
            * Double(sign: .plus, exponent: .random(in: -300...300), significand: 1)
    }

    static func randomString(using random: inout some RandomNumberGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let range: ClosedRange<UInt32> = [0...0x1F, 0x20...0x7F, 0x22...0x22, 0x5C...0x5C, 0x80...0x10FFFF]
                .randomElement(using: &random)!
            if let scalar = Unicode.Scalar(.random(in: range, using: &random)) { text.append(scalar) }
        }
        return String(text)
    }
}

@Suite struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        String(decoding: JSONWriter.bytes(body), as: UTF8.self)
    }

    @Test func randomTreesAreReadBackByFoundation() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let tree = Tree.array([.random(depth: 4, using: &random)])
            let json = JSONWriter.bytes { tree.write(to: &$0) }
            let read = try JSONSerialization.jsonObject(with: Data(json))
            #expect(tree.matches(read), "\(String(decoding: json, as: UTF8.self))")
            // A line feed would end the line of a JSON lines file.
            #expect(!json.contains { $0 < 0x20 })
        }
    }

    @Test(arguments: [
        (1.0, "1.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"),
        (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.nan, "\"NaN\""), (.infinity, "\"Infinity\""),
        (-.infinity, "\"-Infinity\""),
    ])
    func doubles(value: Double, expected: String) {
        #expect(text { $0.double(value) } == expected)
    }

    @Test func everyFiniteDoubleIsReadBackExactly() throws {
        let values = (0..<1_000).map { _ in Double(bitPattern: .random(in: .min ... .max)) }.filter(\.isFinite)
        let json = text { json in
            json.beginArray()
            for value in values { json.double(value) }
            json.endArray()
        }
        let read = try JSONDecoder().decode([Double].self, from: Data(json.utf8))
        #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test func integersAndIdsAreWrittenAsStrings() {
        #expect(text { $0.decimalString(Int64.min) } == "\"-9223372036854775808\"")
        #expect(text { $0.decimalString(UInt64.max) } == "\"18446744073709551615\"")
        #expect(text { $0.hexadecimal(0x000F_A9FF_0123_4567) } == "\"000fa9ff01234567\"")
        #expect(text { $0.hexadecimal(1, 0xFF) } == "\"000000000000000100000000000000ff\"")
        #expect(
            text { json in ([0x61, 0xFF, 0x62] as [UInt8]).withUnsafeBytes { json.string(utf8: $0) } }
                == "\"a\u{FFFD}b\"")
    }

    @Test func base64IsFoundations() {
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
            #expect(text { $0.base64(bytes) } == "\"\(Data(bytes).base64EncodedString())\"")
        }
    }

    @Test func countIsExactIfTheMemoryIsFull() {
        func write(to json: inout JSONWriter) {
            json.beginObject()
            json.key("key \"1\"")
            json.double(-1.5)
            json.key("static" as StaticString)
            json.decimalString(UInt64.max)
            json.key("id")
            json.hexadecimal(1)
            json.endObject()
        }
        let whole = JSONWriter.bytes { write(to: &$0) }
        for capacity in 0...whole.count {
            var memory = [UInt8](repeating: 0xAA, count: whole.count + 8)
            let count = memory.withUnsafeMutableBytes { memory in
                var json = JSONWriter(UnsafeMutableRawBufferPointer(rebasing: memory[..<capacity]))
                write(to: &json)
                return json.count
            }
            #expect(count == whole.count && memory[capacity...].allSatisfy { $0 == 0xAA })
            if capacity == whole.count { #expect(Array(memory[..<count]) == whole) }
        }
    }

    @Test func linesFollowOneAnother() {
        let lines = text { json in
            for value in 1...2 as ClosedRange<Int64> {
                json.beginObject()
                json.key("a")
                json.integer(value)
                json.key("b")
                json.beginArray()
                json.endArray()
                json.endObject()
                json.lineFeed()
            }
        }
        #expect(lines == "{\"a\":1,\"b\":[]}\n{\"a\":2,\"b\":[]}\n")
    }
}
