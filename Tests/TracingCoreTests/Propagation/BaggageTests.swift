import TestSupport
import Testing
import TracingCore

@Suite struct BaggageTests {
    @Test func aNameHasOneEntryAndTheLastCounts() {
        var baggage = Baggage()
        baggage["a"] = "1"
        baggage["b"] = "2"
        baggage["a"] = "3"
        #expect(baggage.headerValue == "a=3,b=2")
        baggage["a"] = nil
        #expect(baggage.entries.map(\.key) == ["b"])
        baggage[""] = "x"
        #expect(baggage.count == 1)
        #expect(Baggage(header: "x=1,y=2,x=3")?.headerValue == "x=3,y=2")
    }

    @Test func namesAreComparedByBytes() {
        var baggage = Baggage()
        baggage["key"] = "1"
        baggage["Key"] = "2"
        baggage["\u{E9}"] = "3"
        baggage["e\u{301}"] = "4"
        #expect(baggage.count == 4)
    }

    @Test func aNewValueDropsTheMetadata() {
        var baggage = Baggage()
        baggage.set("a", "1", metadata: "p=q")
        #expect(baggage.entry("a")?.metadata == "p=q")
        baggage["a"] = "2"
        #expect(baggage.headerValue == "a=2")
    }

    @Test(arguments: [
        ("plain", "plain"), ("a b", "a%20b"), ("100%", "100%25"), ("\"q\",;\\", "%22q%22%2C%3B%5C"), ("é", "%C3%A9"),
        ("a=b", "a=b"), ("", ""), ("\u{0}\n", "%00%0A"),
    ])
    func valuesAreEncoded(value: String, encoded: String) {
        var baggage = Baggage()
        baggage["k"] = value
        #expect(baggage.headerValue == "k=" + encoded)
        #expect(Baggage(header: baggage.headerValue)?["k"] == value)
    }

    @Test(arguments: [
        ("%FF", "\u{FFFD}"), ("%zz", "\u{FFFD}zz"), ("a%", "a\u{FFFD}"), ("%4", "\u{FFFD}4"), ("%c3%A9", "é"),
        ("%C3x", "\u{FFFD}x"),
    ])
    func invalidEncodingBecomesTheReplacementCharacter(encoded: String, value: String) {
        #expect(Baggage(header: "k=" + encoded)?["k"] == value)
    }

    @Test(arguments: ["", ",", "a", "=1", "a b=1", "k=é", "k=a b", "k=\"q\"", "(=1", ";p", "k;p=1"])
    func aBadMemberIsLeftOutAlone(member: String) {
        #expect(Baggage(header: member) == nil)
        #expect(Baggage(header: "x=1,\(member),y=2")?.headerValue == "x=1,y=2")
    }

    @Test func whatNoHeaderCanCarryStaysInTheProcess() {
        var baggage = Baggage()
        baggage["no token"] = "1"
        baggage.set("a", "2", metadata: "x,y")
        #expect(baggage["no token"] == "1")
        #expect(baggage.headerValue == "a=2")
        #expect(Baggage(header: "k=1;p=\u{E9}")?.entry("k")?.metadata == nil)
    }

    @Test func wholeEntriesAreLeftOutBeyondTheLimits() {
        var baggage = Baggage()
        for index in 0..<100 { baggage["k\(index)"] = "v" }
        #expect(baggage.headerValue.split(separator: ",").count == 64)
        #expect(baggage.headerBytes(maxEntries: 2) == Array("k0=v,k1=v".utf8))

        var large = Baggage()
        large["a"] = "1"
        large["large"] = String(repeating: "é", count: 1_365)
        large["b"] = "2"
        // `large=` with 1365 * 6 bytes alone has 8196.
        #expect(large.headerValue == "a=1,b=2")
        #expect(large.headerBytes(maxBytes: 5) == Array("a=1".utf8))
        #expect(large.headerBytes(maxBytes: 7) == Array("a=1,b=2".utf8))
        #expect(large.headerBytes(maxBytes: 2).isEmpty)
    }

    @Test func readingIsBoundedAsWritingIs() {
        let header = (0..<1_000).map { "k\($0)=\($0)" }.joined(separator: ",") + ",k3=new"
        let baggage = Baggage(header: header)
        #expect(baggage?.count == 64)
        #expect(baggage?["k3"] == "new")
        let large = "a=1,b=" + String(repeating: "x", count: 8_187) + ",c=3"
        #expect(Baggage(header: large)?.headerValue == "a=1,c=3")
        let fitting = "a=1,b=" + String(repeating: "x", count: 8_186)
        #expect(Baggage(header: fitting)?.headerValue == fitting)
    }

    @Test func randomBytesNeverTrapAndRoundTrip() {
        var random = SplitMix(seed: 5)
        let alphabet = Array("aabb==11,,,;;% \t%4\"\\é".utf8)
        var members = 0
        for _ in 0..<10_000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let baggage = bytes.withUnsafeBytes { Baggage.parse($0) }
            members += baggage.count
            #expect(Baggage(header: baggage.headerValue) ?? Baggage() == baggage)
            for entry in baggage.entries { _ = entry.properties }
        }
        #expect(members > 1_000)
    }
}
