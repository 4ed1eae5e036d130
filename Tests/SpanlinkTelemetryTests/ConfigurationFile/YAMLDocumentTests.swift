import Testing

@testable import SpanlinkTelemetry

@Suite struct YAMLDocumentTests {
    @Test func nodesHaveTheirLines() throws {
        let root = try YAMLDocument.parse(Array("# comment\na: 1\nb:\n  - 'x'\n  - {c: d}\n".utf8))
        let inner = YAMLNode(
            content: .mapping([.init(key: "c", line: 5, value: .init(content: .scalar("d", isPlain: true), line: 5))]),
            line: 5)
        let list = YAMLNode(
            content: .sequence([.init(content: .scalar("x", isPlain: false), line: 4), inner]), line: 4)
        #expect(
            root.content
                == .mapping([
                    .init(key: "a", line: 2, value: .init(content: .scalar("1", isPlain: true), line: 2)),
                    .init(key: "b", line: 3, value: list),
                ]))
    }

    private static let mistakes: [(text: String, line: Int, message: String)] = [
        ("", 1, "empty"), ("# nothing\n", 2, "empty"), ("a: 1\nb: 2\na: 3\n", 3, "exists already in line 1"),
        ("a: 1\n---\nb: 2\n", 2, "several documents"), ("a: &x 1\n", 1, "Anchors"), ("a: *x\n", 1, "Aliases"),
        ("a:\n  b: !custom 1\n", 2, "tag"), ("a: [1\nb: 2\n", 2, "not YAML"), ("a: \"x\n", 2, "not YAML"),
        ("a:\n\t- b\n", 2, "not YAML"), ("? [a]\n: b\n", 1, "must be a scalar"), ("a: 1\n\u{1}", 2, "not YAML"),
        (String(repeating: "[", count: 40), 1, "nests deeper"),
        ("a: 1\n" + String(repeating: "#", count: YAMLDocument.maxSize), 1, "larger than"),
    ]

    @Test(arguments: mistakes) func mistakeHasItsLine(text: String, line: Int, message: String) {
        let error = #expect(throws: ConfigurationFileMistake.self) { try YAMLDocument.parse(Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func bytesThatAreNotUTF8AreAMistake() {
        let error = #expect(throws: ConfigurationFileMistake.self) {
            try YAMLDocument.parse(Array("a: 1\nb: ".utf8) + [0xFF, 0xFE])
        }
        #expect(error?.line == 2)
    }

    private static let scalars: [(text: String, value: YAMLScalar)] = [
        ("null", .null), ("~", .null), ("", .null), ("True", .bool(true)), ("FALSE", .bool(false)),
        ("yes", .string("yes")), ("-12", .int(-12)), ("+7", .int(7)), ("0o17", .int(15)), ("0x1F", .int(31)),
        ("0x-1", .string("0x-1")), ("1.", .double(1)), (".5", .double(0.5)), ("1e3", .double(1_000)),
        ("-.inf", .double(-.infinity)), ("1_000", .string("1_000")), ("e3", .string("e3")), (".", .string(".")),
        ("1e", .string("1e")), ("99999999999999999999", .double(1e20)), ("inf", .string("inf")),
        ("nan", .string("nan")),
    ]

    @Test(arguments: scalars) func plainScalarHasItsType(text: String, value: YAMLScalar) {
        #expect(YAMLScalar(plain: text) == value)
    }
}
