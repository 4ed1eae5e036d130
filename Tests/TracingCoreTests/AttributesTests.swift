import Testing
import TracingCore

@Suite struct AttributesTests {
    @Test func aLaterValueReplacesAnEarlierOne() {
        var attributes: Attributes = ["a": 1, "b": "x"]
        attributes["a"] = 2
        #expect(attributes.count == 2)
        #expect(attributes["a"] == 2)
        attributes["b"] = nil
        #expect(attributes.map(\.key) == ["a"])
    }

    @Test func aSharedSetIsNeverChanged() {
        let set = AttributeSet(["a": 1])
        var attributes = Attributes(on: set, capacity: 1)
        attributes.append("b", 2)
        attributes["a"] = 3
        #expect(attributes == ["b": 2, "a": 3])
        #expect(set.attributes == ["a": 1])
    }

    @Test func emptyKeysAreLeftOut() {
        var attributes: Attributes = ["": 1, "a": 1]
        attributes[""] = 2
        attributes.append("", 3)
        attributes.merge(["": 4])
        #expect(attributes == ["a": 1] && attributes.count == 1)
    }
}
