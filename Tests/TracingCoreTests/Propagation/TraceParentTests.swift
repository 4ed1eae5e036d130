import TestSupport
import Testing
import TracingCore

@Suite struct TraceParentTests {
    @Test func aValueReadsAndWrites() {
        #expect(TraceParent.parse(validTraceParent) == validContext)
        #expect(TraceParent.string(validContext) == validTraceParent)
    }

    @Test func everyByteInEveryPlaceIsCheckedAsTheGrammarSays() {
        for position in 0..<TraceParent.length {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array(validTraceParent.utf8)
                bytes[position] = byte
                let isDash = [2, 35, 52].contains(position)
                let isHex = (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                // No single digit makes the version ff or an id zero here.
                let expected = isDash ? byte == 0x2D : isHex
                #expect((bytes.withUnsafeBytes { TraceParent.parse($0) } != nil) == expected, "\(byte) at \(position)")
            }
        }
    }

    @Test func whatIsWrittenReadsTheSame() {
        var random = SplitMix(seed: 7)
        for _ in 0..<5_000 {
            let context = SpanContext(
                traceID: TraceID(high: random.next(), low: random.next()), spanID: SpanID(random.next()),
                traceFlags: TraceFlags(rawValue: UInt8.random(in: 0...3, using: &random)), isRemote: true)
            #expect(TraceParent.parse(TraceParent.string(context)) == context)
        }
    }

    @Test func unknownFlagsAreNeitherReadNorWritten() {
        var context = validContext
        context.traceFlags = TraceFlags(rawValue: 0xFF)
        #expect(TraceParent.string(context).hasSuffix("-03"))
        #expect(TraceParent.parse(validTraceParent.dropLast(2) + "fd")?.traceFlags == .sampled)
    }

    @Test func randomBytesNeverTrap() {
        var random = SplitMix(seed: 11)
        let alphabet = Array("00ff-12abcdef \tg.\0".utf8)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = round % 2 == 0 ? Array(validTraceParent.utf8) : []
            for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = alphabet.randomElement(using: &random) ?? 0
            }
            for _ in 0..<Int.random(in: 0..<80, using: &random) where round % 4 != 0 {
                bytes.insert(
                    alphabet.randomElement(using: &random) ?? 0, at: Int.random(in: 0...bytes.count, using: &random))
            }
            guard let context = bytes.withUnsafeBytes({ TraceParent.parse($0) }) else { continue }
            accepted += 1
            #expect(context.isValid && context.isRemote)
            #expect(TraceParent.parse(TraceParent.string(context)) == context)
        }
        #expect(accepted > 0)
    }

    @Test func noBytesAreNoContext() {
        #expect(TraceParent.parse(UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
        #expect(TraceParent.parse(String(repeating: " ", count: 100)) == nil)
    }

    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-", "fe-0af7651916cd43dd8448eb211c80319c",
    ])
    func tooLongOrTooShort(value: String) {
        #expect(TraceParent.parse(value) == nil)
    }

    @Test func aHigherVersionMayGoOnAfterADash() {
        #expect(TraceParent.parse("fe" + validTraceParent.dropFirst(2) + "-") == validContext)
        #expect(TraceParent.parse(" fe" + validTraceParent.dropFirst(2) + "-x y\t") == validContext)
        #expect(TraceParent.parse("fe" + validTraceParent.dropFirst(2) + "0") == nil)
    }
}
