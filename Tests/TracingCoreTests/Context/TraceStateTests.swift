import TestSupport
import Testing
import TracingCore

@Suite struct TraceStateTests {
    @Test func aChangedEntryComesFirst() throws {
        var state = try #require(TraceState(parsing: "a=1,b=2,c=3"))
        state.set("c", "4")
        #expect(state.headerValue == "c=4,a=1,b=2")
        state.set("new", "5")
        #expect(state.headerValue == "new=5,c=4,a=1,b=2")
        state.remove("c")
        state.remove("absent")
        #expect(state.headerValue == "new=5,a=1,b=2")
        #expect(state["a"] == "1")
        #expect(state["c"] == nil)
    }

    @Test func itIsEmptyAgainWithoutEntries() {
        var state = TraceState()
        state.set("a", "1")
        #expect(!state.isEmpty)
        state.remove("a")
        #expect(state.isEmpty)
        #expect(state == TraceState())
        #expect(state.headerValue == "")
        #expect(state.entries.isEmpty)
        #expect(TraceState(parsing: " ,\t, ")?.isEmpty == true)
    }

    @Test func the33rdEntryPushesOutTheLast() throws {
        var state = TraceState()
        for index in 1...32 { state.set("k\(index)", "v") }
        #expect(state.entries.count == 32)
        state.set("k33", "v")
        #expect(state.entries.count == 32)
        #expect(state["k1"] == nil)
        state.set("k2", "w")
        #expect(state.entries.count == 32)
        #expect(state["k3"] == "v")
    }

    @Test(arguments: [
        ("", "1"), ("A", "1"), ("@a", "1"), ("a.b", "1"), (String(repeating: "a", count: 257), "1"), ("é", "1"),
        ("a", ""), ("a", "1 "), ("a", "1,2"), ("a", "1=2"), ("a", "\t"), ("a", "é"),
        ("a", String(repeating: "1", count: 257)),
    ])
    func badEntriesAreRefused(key: String, value: String) {
        var state = TraceState()
        state.set("x", "1")
        let isSet = state.set(key, value)
        #expect(!isSet)
        #expect(state.headerValue == "x=1")
        // In a header, a space at the end is only a blank around the member.
        #expect((TraceState(parsing: "x=1,\(key)=\(value),y=2") == nil) == (value != "1 "))
    }

    @Test func theLongestEntryIsTaken() {
        let (key, value) = (String(repeating: "a", count: 256), " " + String(repeating: "~", count: 255))
        var state = TraceState()
        let isSet = state.set(key, value)
        #expect(isSet)
        #expect(TraceState(parsing: state.headerValue) == state)
        #expect(state[key] == value)
    }

    @Test func ofADuplicateTheFirstCounts() {
        #expect(TraceState(parsing: "a=1,b=2,a=3,aa=4")?.headerValue == "a=1,b=2,aa=4")
    }

    @Test func cuttingTakesLongEntriesFirstThenTheLast() throws {
        let long = "l=" + String(repeating: "x", count: 127)
        let state = try #require(TraceState(parsing: "a=1,\(long),b=2,c=3"))
        func cut(_ size: Int) -> String { String(decoding: state.headerBytes(maxBytes: size), as: UTF8.self) }
        #expect(cut(.max) == state.headerValue)
        #expect(cut(state.headerValue.utf8.count) == state.headerValue)
        #expect(cut(140) == "a=1,b=2,c=3")
        #expect(cut(11) == "a=1,b=2,c=3")
        #expect(cut(10) == "a=1,b=2")
        #expect(cut(3) == "a=1")
        #expect(cut(2) == "")
        #expect(TraceState().headerBytes(maxBytes: 5).isEmpty)
        let edge = try #require(TraceState(parsing: "l=" + String(repeating: "x", count: 126) + ",b=2"))
        #expect(edge.headerBytes(maxBytes: 130).count == 128)
    }

    @Test func randomBytesNeverTrapAndRoundTrip() {
        var random = SplitMix(seed: 3)
        let alphabet = Array("ab=1=1, \ta@1,b".utf8)
        var entries = 0
        for _ in 0..<10_000 {
            let bytes = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            guard let state = bytes.withUnsafeBytes({ TraceState.parse($0) }) else { continue }
            entries += state.entries.count
            #expect(TraceState(parsing: state.headerValue) == state)
            #expect(Set(state.entries.map(\.key)).count == state.entries.count)
        }
        #expect(entries > 100)
    }
}

@Suite struct OpenTelemetryTraceStateTests {
    @Test(
        arguments: [
            ("th:c", 0xc0_0000_0000_0000), ("th:0", 0), ("th:fd70a", 0xfd_70a0_0000_0000),
            ("rv:1;th:8", 0x80_0000_0000_0000), ("th:0000000000000f", 0xf), ("th:", nil), ("th:x", nil), ("th:C", nil),
            ("th:123456789012345", nil), ("p:8", nil),
        ] as [(String, UInt64?)])
    func theThresholdIsRead(value: String, threshold: UInt64?) {
        #expect(TraceState(parsing: "ot=\(value)")?.otRejectionThreshold == threshold)
    }

    @Test(
        arguments: [
            ("rv:0123456789abcd", 0x01_2345_6789_abcd), ("rv:123", nil), ("rv:0123456789abcg", nil),
            ("rv:0123456789abcde", nil), ("th:0123456789abcd", nil),
        ] as [(String, UInt64?)])
    func theRandomnessIsRead(value: String, randomness: UInt64?) {
        #expect(TraceState(parsing: "ot=\(value)")?.otRandomness == randomness)
    }

    @Test func settingKeepsTheOthersAndComesFirst() throws {
        var state = try #require(TraceState(parsing: "a=1,ot=p:8;th:c;x:y"))
        state.otRejectionThreshold = 0x80_0000_0000_0000
        #expect(state.headerValue == "ot=th:8;p:8;x:y,a=1")
        state.otRandomness = 0xabc
        #expect(state.headerValue == "ot=rv:00000000000abc;th:8;p:8;x:y,a=1")
        state.otRejectionThreshold = nil
        state.otRandomness = 1 << 56
        #expect(state.headerValue == "ot=p:8;x:y,a=1")
        #expect(state.otRejectionThreshold == nil)
    }

    @Test func theEntryGoesWithItsLastSubKey() {
        var state = TraceState()
        state.otRejectionThreshold = 0
        #expect(state.headerValue == "ot=th:0")
        state.otRejectionThreshold = nil
        #expect(state.isEmpty)
    }

    @Test func anUnchangedValueMovesNothing() throws {
        var state = try #require(TraceState(parsing: "a=1,ot=x:y;th:c"))
        state.otRejectionThreshold = 0xc0_0000_0000_0000
        #expect(state.headerValue == "a=1,ot=x:y;th:c")
    }

    @Test func externalSubKeysGiveWayToTheLimit() throws {
        var state = try #require(
            TraceState(parsing: "ot=p:" + String(repeating: "1", count: 230) + ";rv:0123456789abcd"))
        state.otRejectionThreshold = 0x12_3456_789a_bcde
        #expect(state.headerValue == "ot=th:123456789abcde;rv:0123456789abcd")
    }
}
