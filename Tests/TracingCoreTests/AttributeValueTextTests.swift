import Testing

@testable import TracingCore

/// The table of the common specification, "AnyValue representation for non-OTLP protocols".
@Suite struct AttributeValueTextTests {
    @Test(
        arguments: [
            (.string("text \"as it is\""), "text \"as it is\""), (.string(""), ""), (.bool(true), "true"),
            (.int(-7), "-7"),
            (.double(1.5), "1.5"), (.double(.nan), "NaN"), (.double(-.infinity), "-Infinity"),
            (.bytes([1, 2, 3]), "AQID"), (.bytes([]), ""), (.array([1, "a", true]), #"[1,"a",true]"#),
            (.map(["b": [.bytes([1])], "a": .double(.infinity)]), #"{"a":"Infinity","b":["AQ=="]}"#),
        ] as [(AttributeValue, String)])
    func aValueAsText(_ value: AttributeValue, _ text: String) {
        #expect(value.text == text)
    }
}
