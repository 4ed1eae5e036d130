import Testing

@testable import SpanlinkTelemetry

@Suite struct EnvironmentSubstitutionTests {
    private static let environment = [
        "STRING_VALUE": "value", "BOOL_VALUE": "true", "INT_VALUE": "1", "FLOAT_VALUE": "1.1",
        "HEX_VALUE": "0xdeadbeef", "INVALID_MAP_VALUE": "value\nkey:value", "DO_NOT_REPLACE_ME": "Never use this value",
        "REPLACE_ME": "${DO_NOT_REPLACE_ME}", "VALUE_WITH_ESCAPE": "value$$", "EMPTY": "",
    ]

    struct Example: Sendable {
        let yaml: String
        let value: YAMLScalar

        init(_ yaml: String, _ value: YAMLScalar) {
            self.yaml = yaml
            self.value = value
        }
    }

    /// The table of the specification (configuration data model), and edges beside it.
    private static let examples: [Example] = [
        .init("${STRING_VALUE}", .string("value")), .init("${BOOL_VALUE}", .bool(true)),
        .init("${INT_VALUE}", .int(1)), .init("${FLOAT_VALUE}", .double(1.1)),
        .init("${HEX_VALUE}", .int(3_735_928_559)), .init("\"${STRING_VALUE}\"", .string("value")),
        .init("\"${BOOL_VALUE}\"", .string("true")), .init("\"${INT_VALUE}\"", .string("1")),
        .init("\"${FLOAT_VALUE}\"", .string("1.1")), .init("\"${HEX_VALUE}\"", .string("0xdeadbeef")),
        .init("${env:STRING_VALUE}", .string("value")), .init("${INVALID_MAP_VALUE}", .string("value\nkey:value")),
        .init("foo ${STRING_VALUE} ${FLOAT_VALUE}", .string("foo value 1.1")),
        .init("${UNDEFINED_KEY:-fallback}", .string("fallback")), .init("${UNDEFINED_KEY:-}", .null),
        .init("${REPLACE_ME}", .string("${DO_NOT_REPLACE_ME}")),
        .init("${UNDEFINED_KEY:-${STRING_VALUE}}", .string("${STRING_VALUE}")),
        .init("$${STRING_VALUE}", .string("${STRING_VALUE}")), .init("$$${STRING_VALUE}", .string("$value")),
        .init("$$$${STRING_VALUE}", .string("$${STRING_VALUE}")),
        .init("$${STRING_VALUE:-fallback}", .string("${STRING_VALUE:-fallback}")),
        .init("$${STRING_VALUE:-${STRING_VALUE}}", .string("${STRING_VALUE:-value}")),
        .init("${UNDEFINED_KEY:-$${UNDEFINED_KEY}}", .string("${UNDEFINED_KEY:-${UNDEFINED_KEY}}")),
        .init("${VALUE_WITH_ESCAPE}", .string("value$$")), .init("a $$ b", .string("a $ b")),
        .init("a $ b", .string("a $ b")), .init("${EMPTY}", .null), .init("${EMPTY:-7}", .int(7)),
        .init("\"${EMPTY}\"", .string("")), .init("${STRING_VALUE", .string("${STRING_VALUE")),
        .init("é${STRING_VALUE}é", .string("évalueé")),
    ]

    @Test(arguments: examples) func replacesReferences(_ example: Example) throws {
        let tree = try YAMLDocument.parse(Array("key: \(example.yaml)".utf8))
        let replaced = try EnvironmentSubstitution(environment: Self.environment).apply(to: tree)
        guard case .mapping(let entries) = replaced.content else { return #expect(Bool(false), "no mapping") }
        #expect(FileValue(node: entries[0].value, path: "key").scalar == example.value)
    }

    @Test func keysStayAsTheyAre() throws {
        let tree = try YAMLDocument.parse(Array("${STRING_VALUE}: value".utf8))
        #expect(try EnvironmentSubstitution(environment: Self.environment).apply(to: tree) == tree)
    }

    @Test(arguments: ["${STRING_VALUE:?error}", "${1API_KEY}", "${API_$KEY}", "${}", "${env:}", "${A B}", "${A-b}"])
    func invalidReferenceThrows(_ reference: String) {
        let error = #expect(throws: ConfigurationFileMistake.self) {
            try EnvironmentSubstitution(environment: Self.environment).apply(to: reference, line: 3)
        }
        #expect(error?.line == 3 && error?.message.hasPrefix("A reference to a variable is invalid") == true)
    }

    @Test func missingVariableThrowsItsNameAndLine() {
        let error = #expect(throws: ConfigurationFileMistake.self) {
            try EnvironmentSubstitution(environment: [:]).apply(to: "${TOKEN}", line: 7)
        }
        #expect(error?.line == 7 && error?.message.contains("variable TOKEN is not set") == true)
    }
}
